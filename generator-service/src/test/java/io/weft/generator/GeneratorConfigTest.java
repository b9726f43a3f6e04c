package io.weft.generator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GeneratorConfigTest {
  @Test
  void hasTheseDefaults() {
    GeneratorConfig config = Configs.config(Map.of());

    assertThat(config.modelsDir()).isEqualTo(Path.of("models"));
    assertThat(config.models()).isEmpty();
    assertThat(config.threads()).isEmpty();
    assertThat(config.device()).isEqualTo("cpu");
    assertThat(config.devices()).isEmpty();
    assertThat(config.slots()).isEqualTo(16);
    assertThat(config.contextLength()).isEqualTo(2_048);
    assertThat(config.prefillChunk()).isEqualTo(128);
    assertThat(config.maxCacheBytes()).isEqualTo(2L << 30);
    assertThat(config.prefixCacheBytes()).isEqualTo(256L << 20);
    assertThat(config.speculation()).isFalse();
    assertThat(config.speculationDraft()).isEqualTo(4);
    assertThat(config.speculationMaxSequences()).isEqualTo(2);
    assertThat(config.maxQueuedRequests()).isEqualTo(256);
    assertThat(config.maxQueuedTokens()).isEqualTo(262_144);
    assertThat(config.tenantShare()).isEqualTo(0.75);
    assertThat(config.retryAfter()).isEqualTo(Duration.ofSeconds(1));
    assertThat(config.stuckAfter()).isEqualTo(Duration.ofSeconds(60));
    assertThat(config.constraintTime()).isEqualTo(Duration.ofSeconds(2));
    assertThat(config.constraintCacheBytes()).isEqualTo(64L << 20);
    assertThat(config.shutdownGrace()).isEqualTo(Duration.ofSeconds(10));
    assertThat(config.vocabularyRetry()).isEqualTo(Duration.ofMillis(500));
    GeneratorConfig.validate(config);
  }

  @Test
  void readsTheseKeys() {
    GeneratorConfig config =
        Configs.config(
            Map.ofEntries(
                Map.entry("weft.generator.models-dir", "/srv/models"),
                Map.entry("weft.generator.models", "a,b"),
                Map.entry("weft.generator.threads", "3"),
                Map.entry("weft.generator.slots", "4"),
                Map.entry("weft.generator.context-length", "8192"),
                Map.entry("weft.generator.prefill-chunk", "128"),
                Map.entry("weft.generator.max-cache-bytes", "1000"),
                Map.entry("weft.generator.prefix-cache-bytes", "0"),
                Map.entry("weft.generator.speculation", "true"),
                Map.entry("weft.generator.speculation-draft", "16"),
                Map.entry("weft.generator.speculation-max-sequences", "5"),
                Map.entry("weft.generator.max-queued-requests", "7"),
                Map.entry("weft.generator.max-queued-tokens", "900"),
                Map.entry("weft.generator.tenant-share", "0.5"),
                Map.entry("weft.generator.retry-after", "250ms"),
                Map.entry("weft.generator.stuck-after", "5s"),
                Map.entry("weft.generator.constraint-time", "3s"),
                Map.entry("weft.generator.constraint-cache-bytes", "77"),
                Map.entry("weft.generator.shutdown-grace", "0s"),
                Map.entry("weft.generator.vocabulary-retry", "2s")));

    assertThat(config.modelsDir()).isEqualTo(Path.of("/srv/models"));
    assertThat(config.models()).contains(List.of("a", "b"));
    assertThat(config.threads()).hasValue(3);
    assertThat(config.slots()).isEqualTo(4);
    assertThat(config.contextLength()).isEqualTo(8_192);
    assertThat(config.prefillChunk()).isEqualTo(128);
    assertThat(config.maxCacheBytes()).isEqualTo(1_000);
    assertThat(config.prefixCacheBytes()).isZero();
    assertThat(config.speculation()).isTrue();
    assertThat(config.speculationDraft()).isEqualTo(16);
    assertThat(config.speculationMaxSequences()).isEqualTo(5);
    assertThat(config.maxQueuedRequests()).isEqualTo(7);
    assertThat(config.maxQueuedTokens()).isEqualTo(900);
    assertThat(config.tenantShare()).isEqualTo(0.5);
    assertThat(config.constraintTime()).isEqualTo(Duration.ofSeconds(3));
    assertThat(config.constraintCacheBytes()).isEqualTo(77);
    assertThat(config.retryAfter()).isEqualTo(Duration.ofMillis(250));
    assertThat(config.stuckAfter()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.shutdownGrace()).isZero();
    assertThat(config.vocabularyRetry()).isEqualTo(Duration.ofSeconds(2));
    GeneratorConfig.validate(config);
  }

  @ParameterizedTest
  @CsvSource({
    "device, gpu, 'weft.generator.device is ''gpu'', it must be cpu, or cuda or tensorrt'",
    "devices.m, cuda:, 'weft.generator.devices.\"m\" is ''cuda:'', it must be cpu, or cuda'",
    "device, cuda:1, 'weft.generator.device is cuda:1, but this build of ONNX Runtime has no cuda'",
    "devices.m, tensorrt, 'weft.generator.devices.\"m\" is tensorrt:0, but this build of ONNX Runtime'",
    "threads, 0, 'weft.generator.threads is 0, it must be at least 1'",
    "slots, 0, 'weft.generator.slots is 0, it must be at least 1'",
    "context-length, 1, 'weft.generator.context-length is 1, it must be at least 2'",
    "prefill-chunk, 0, 'weft.generator.prefill-chunk is 0, it must be at least 1'",
    "max-cache-bytes, 0, 'weft.generator.max-cache-bytes is 0, it must be at least 1'",
    "prefix-cache-bytes, -1, 'weft.generator.prefix-cache-bytes is -1, it must be at least 0'",
    "speculation-draft, 0, 'weft.generator.speculation-draft is 0, it must be at least 1'",
    "speculation-draft, 17, 'weft.generator.speculation-draft is 17, it must be at most 16'",
    "speculation-max-sequences, 0, 'weft.generator.speculation-max-sequences is 0, it must be at"
        + " least 1'",
    "max-queued-requests, 0, 'weft.generator.max-queued-requests is 0, it must be at least 1'",
    "max-queued-tokens, -5, 'weft.generator.max-queued-tokens is -5, it must be at least 1'",
    "tenant-share, 0, 'weft.generator.tenant-share is 0.0, it must be above 0 and at most 1'",
    "tenant-share, 1.1, 'weft.generator.tenant-share is 1.1, it must be above 0 and at most 1'",
    "tenant-share, NaN, 'weft.generator.tenant-share is NaN, it must be above 0 and at most 1'",
    "retry-after, 0s, 'weft.generator.retry-after is PT0S, it must be more than 0'",
    "stuck-after, 0s, 'weft.generator.stuck-after is PT0S, it must be more than 0'",
    "constraint-time, 0s, 'weft.generator.constraint-time is PT0S, it must be more than 0'",
    "constraint-cache-bytes, 0, 'weft.generator.constraint-cache-bytes is 0, it must be at least 1'",
    "vocabulary-retry, 0s, 'weft.generator.vocabulary-retry is PT0S, it must be more than 0'",
    "shutdown-grace, -1s, 'weft.generator.shutdown-grace is PT-1S, it must be at least 0'"
  })
  void refusesWhatCannotWork(String key, String value, String message) {
    GeneratorConfig config = Configs.config(Map.of("weft.generator." + key, value));

    assertThatThrownBy(() -> GeneratorConfig.validate(config)).hasMessageStartingWith(message);
  }
}
