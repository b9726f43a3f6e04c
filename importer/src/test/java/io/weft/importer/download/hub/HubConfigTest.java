package io.weft.importer.download.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.importer.error.ImportException;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HubConfigTest {
  @Test
  void defaults() {
    HubConfig config = HubConfig.of(Map.of());
    assertThat(config.endpoint()).isEqualTo(URI.create("https://huggingface.co"));
    assertThat(config.token()).isNull();
    assertThat(config.offline()).isFalse();
    assertThat(config.hosts()).containsExactly("huggingface.co", "*.huggingface.co", "*.hf.co");
  }

  @Test
  void readsAllVariables() {
    HubConfig config =
        HubConfig.of(
            Map.of(
                "HF_ENDPOINT", "https://mirror.example.org/hub/",
                "HF_TOKEN", " hf_abc ",
                "HF_HUB_OFFLINE", "ON",
                "WEFT_HF_HOSTS", "cdn.example.org, *.Files.example.org"));
    assertThat(config.endpoint()).isEqualTo(URI.create("https://mirror.example.org/hub"));
    assertThat(config.token()).isEqualTo("hf_abc");
    assertThat(config.offline()).isTrue();
    assertThat(config.hosts()).endsWith("cdn.example.org", "*.files.example.org");
    assertThat(config.toString()).doesNotContain("hf_abc");
    assertThat(HubConfig.of(Map.of("HF_HUB_OFFLINE", "0")).offline()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://huggingface.co",
        "http://127.0.0.1.evil.example.com",
        "ftp://127.0.0.1",
        "huggingface.co",
        "https:x",
        "https://user:pass@huggingface.co",
        "https://huggingface.co?x=1",
        "https://exa mple.org"
      })
  void refusesOtherEndpoints(String endpoint) {
    assertThatThrownBy(() -> HubConfig.of(Map.of("HF_ENDPOINT", endpoint)))
        .isInstanceOf(ImportException.class)
        .hasMessageStartingWith("HF_ENDPOINT is '" + endpoint + "'");
  }

  @Test
  void refusesOtherValuesWithoutShowingAToken() {
    assertThatThrownBy(() -> HubConfig.of(Map.of("HF_TOKEN", "hf_abc\r\nX-Evil: 1")))
        .isInstanceOf(ImportException.class)
        .hasMessage("HF_TOKEN has a character that no token has");
    for (String host : new String[] {"https://x.org", "*", "*.*.org", "a.org:80", "a/b"}) {
      assertThatThrownBy(() -> HubConfig.of(Map.of("WEFT_HF_HOSTS", host)))
          .isInstanceOf(ImportException.class)
          .hasMessageStartingWith("WEFT_HF_HOSTS names '" + host + "'");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://huggingface.co/x",
        "https://cdn-lfs.huggingface.co/x",
        "https://CAS-bridge.xethub.hf.co/x",
        "https://files.example.org:8443/x",
        "https://mirror.example.org/x"
      })
  void redirectsToKnownHosts(String address) {
    HubConfig config =
        HubConfig.of(
            Map.of(
                "HF_ENDPOINT", "https://mirror.example.org", "WEFT_HF_HOSTS", "files.example.org"));
    assertThatCode(() -> config.checkRedirect(URI.create(address))).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://huggingface.co/x",
        "http://127.0.0.1/x",
        "https://127.0.0.1/x",
        "https://hf.co.evil.example.com/x",
        "https://evilhf.co/x",
        "https://huggingface.co@evil.example.com/x",
        "https:///x",
        "//x",
        "file:///etc/passwd"
      })
  void redirectsNowhereElse(String address) {
    HubConfig config = HubConfig.of(Map.of());
    assertThatThrownBy(() -> config.checkRedirect(URI.create(address)))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining("which is refused");
  }

  @Test
  void onThisMachineHttpWillDoButOnlyOnThisMachine() {
    HubConfig config = HubConfig.of(Map.of("HF_ENDPOINT", "http://localhost:8080"));
    config.checkRedirect(URI.create("http://127.0.0.1:9090/x"));
    config.checkRedirect(URI.create("http://[::1]:9090/x"));
    assertThatThrownBy(() -> config.checkRedirect(URI.create("http://192.168.0.1/x")))
        .hasMessageContaining("http://192.168.0.1, which is refused");
  }

  @Test
  void theTokenIsForSchemeHostAndPortOfTheEndpoint() {
    HubConfig config = HubConfig.of(Map.of());
    assertThat(config.isEndpoint(URI.create("https://HuggingFace.co:443/x"))).isTrue();
    assertThat(config.isEndpoint(URI.create("https://huggingface.co:444/x"))).isFalse();
    assertThat(config.isEndpoint(URI.create("http://huggingface.co:443/x"))).isFalse();
    assertThat(config.isEndpoint(URI.create("https://cdn.huggingface.co/x"))).isFalse();
  }
}
