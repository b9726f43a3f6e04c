package io.weft.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenizerConfigTest {
  @Test
  void hasDefaults() {
    TokenizerConfig config = read(Map.of());

    assertThat(config.modelsDir()).isEqualTo(Path.of("models"));
    assertThat(config.models()).isEmpty();
    assertThat(config.threads()).isEmpty();
    assertThat(config.maxQueuedRequests()).isEqualTo(512);
    assertThat(config.maxQueuedTokens()).isEqualTo(8_000_000);
    assertThat(config.retryAfter()).isEqualTo(Duration.ofSeconds(1));
    assertThat(config.maxReplyBytes()).isEqualTo(64 << 20);
    assertThat(config.shutdownGrace()).isEqualTo(Duration.ofSeconds(10));
    assertThat(config.template().timeout()).isEqualTo(Duration.ofSeconds(2));
    assertThat(config.template().maxOutputChars()).isEqualTo(1 << 20);
    TokenizerConfig.validate(config);
  }

  @Test
  void readsEveryKey() {
    TokenizerConfig config =
        read(
            Map.of(
                "weft.tokenizer.models-dir", "/somewhere",
                "weft.tokenizer.models", "a,b",
                "weft.tokenizer.threads", "3",
                "weft.tokenizer.max-queued-requests", "4",
                "weft.tokenizer.max-queued-tokens", "5",
                "weft.tokenizer.retry-after", "6s",
                "weft.tokenizer.max-reply-bytes", "7",
                "weft.tokenizer.shutdown-grace", "0s",
                "weft.tokenizer.template.timeout", "8s",
                "weft.tokenizer.template.max-output-chars", "9"));

    assertThat(config.modelsDir()).isEqualTo(Path.of("/somewhere"));
    assertThat(config.models()).contains(List.of("a", "b"));
    assertThat(config.threads()).hasValue(3);
    assertThat(config.maxQueuedRequests()).isEqualTo(4);
    assertThat(config.maxQueuedTokens()).isEqualTo(5);
    assertThat(config.retryAfter()).isEqualTo(Duration.ofSeconds(6));
    assertThat(config.maxReplyBytes()).isEqualTo(7);
    assertThat(config.shutdownGrace()).isZero();
    assertThat(config.template().timeout()).isEqualTo(Duration.ofSeconds(8));
    assertThat(config.template().maxOutputChars()).isEqualTo(9);
  }

  @ParameterizedTest
  @CsvSource({
    "threads, 0, 'weft.tokenizer.threads is 0, it must be at least 1'",
    "max-queued-requests, 0, 'weft.tokenizer.max-queued-requests is 0, it must be at least 1'",
    "max-queued-tokens, -1, 'weft.tokenizer.max-queued-tokens is -1, it must be at least 1'",
    "max-reply-bytes, 0, 'weft.tokenizer.max-reply-bytes is 0, it must be at least 1'",
    "template.max-output-chars, 0,"
        + " 'weft.tokenizer.template.max-output-chars is 0, it must be at least 1'",
    "shutdown-grace, -1s, 'weft.tokenizer.shutdown-grace is PT-1S, it must be at least 0'",
    "retry-after, 0s, 'weft.tokenizer.retry-after is PT0S, it must be more than 0'",
    "template.timeout, 0s, 'weft.tokenizer.template.timeout is PT0S, it must be more than 0'",
  })
  void namesTheKeyTheValueAndTheLimit(String key, String value, String message) {
    TokenizerConfig config = read(Map.of("weft.tokenizer." + key, value));

    assertThatThrownBy(() -> TokenizerConfig.validate(config)).hasMessage(message);
  }

  private static TokenizerConfig read(Map<String, String> properties) {
    return new SmallRyeConfigBuilder()
        .addDefaultInterceptors()
        .withMapping(TokenizerConfig.class)
        .withSources(new PropertiesConfigSource(properties, "test", 100))
        .withConverter(
            Duration.class, 100, new io.quarkus.runtime.configuration.DurationConverter())
        .build()
        .getConfigMapping(TokenizerConfig.class);
  }
}
