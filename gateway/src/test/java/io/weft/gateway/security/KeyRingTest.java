package io.weft.gateway.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.gateway.GatewayConfig;
import io.weft.gateway.GatewayConfigTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** At the start; {@link SecuredTest} reads keys again. */
class KeyRingTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "localhost", "::1"})
  void withoutKeysLoopbackIsOpen(String host) {
    assertThat(ring(GatewayConfigTest.config(Map.of()), host).caller(null).tenant()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "192.0.2.1", "::", "no.such.host.invalid"})
  void withoutKeysNothingElseIs(String host) {
    assertThatThrownBy(() -> ring(GatewayConfigTest.config(Map.of()), host))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "the gateway would listen on %s without API keys: name their file (WEFT_KEYS_FILE), or allow everybody (WEFT_ALLOW_ANONYMOUS=true)",
            host);
    GatewayConfig anonymous = GatewayConfigTest.config(Map.of("allow-anonymous", "true"));
    assertThat(ring(anonymous, host).caller(null).tenant()).isEmpty();
  }

  @Test
  void aFileThatCannotBeUsedEndsTheStart() throws Exception {
    Path file = Files.writeString(folder.resolve("keys"), "alice weft-secret");

    assertThatThrownBy(() -> ring(file))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "the file of API keys, %s, cannot be used: line 1: a hash is sha256: and 64 hexadecimal digits",
            file);
    Files.delete(file);
    assertThatThrownBy(() -> ring(file))
        .hasMessageContaining("it cannot be read (NoSuchFileException)");
  }

  private static KeyRing ring(Path file) {
    return ring(GatewayConfigTest.config(Map.of("keys-file", file.toString())), "127.0.0.1");
  }

  private static KeyRing ring(GatewayConfig config, String host) {
    return new KeyRing(config, new Rates(config), host);
  }
}
