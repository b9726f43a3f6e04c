package io.weft.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.encoder.testing.Configs;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EncoderConfigTest {
  @Test
  void hasTheseDefaults() {
    EncoderConfig config = Configs.of(Map.of());

    assertThat(config.modelsDir()).isEqualTo(Path.of("models"));
    assertThat(config.models()).isEmpty();
    assertThat(config.threads()).isEmpty();
    assertThat(config.device()).isEqualTo("cpu");
    assertThat(config.devices()).isEmpty();
    assertThat(config.maxBatchTokens()).isEmpty();
    assertThat(config.maxQueuedRequests()).isEqualTo(512);
    assertThat(config.maxQueuedTokens()).isEqualTo(8_000_000);
    assertThat(config.retryAfter()).isEqualTo(Duration.ofSeconds(1));
    assertThat(config.maxReplyBytes()).isEqualTo(32 * 1024 * 1024);
    assertThat(config.shutdownGrace()).isEqualTo(Duration.ofSeconds(10));
    EncoderConfig.validate(config);
  }

  @Test
  void readsTheseKeys() {
    EncoderConfig config =
        Configs.of(
            Map.of(
                "models-dir", "/srv/models",
                "models", "a,b",
                "threads", "3",
                "max-batch-tokens", "1024",
                "max-queued-requests", "7",
                "max-queued-tokens", "1000",
                "retry-after", "250ms",
                "shutdown-grace", "0s",
                "max-reply-bytes", "4096"));

    assertThat(config.modelsDir()).isEqualTo(Path.of("/srv/models"));
    assertThat(config.models()).contains(List.of("a", "b"));
    assertThat(config.threads()).hasValue(3);
    assertThat(config.maxBatchTokens()).hasValue(1_024);
    assertThat(config.maxQueuedRequests()).isEqualTo(7);
    assertThat(config.maxQueuedTokens()).isEqualTo(1_000);
    assertThat(config.retryAfter()).isEqualTo(Duration.ofMillis(250));
    assertThat(config.maxReplyBytes()).isEqualTo(4_096);
    assertThat(config.shutdownGrace()).isZero();
    EncoderConfig.validate(config);
  }

  @ParameterizedTest
  @CsvSource({
    "device, gpu, 'weft.encoder.device is ''gpu'', it must be cpu, or cuda or tensorrt'",
    "devices.m, cuda:, 'weft.encoder.devices.\"m\" is ''cuda:'', it must be cpu, or cuda'",
    "device, cuda:1, 'weft.encoder.device is cuda:1, but this build of ONNX Runtime has no cuda'",
    "devices.m, tensorrt, 'weft.encoder.devices.\"m\" is tensorrt:0, but this build of ONNX Runtime'",
    "threads, 0, 'weft.encoder.threads is 0, it must be at least 1'",
    "max-batch-tokens, 31, 'weft.encoder.max-batch-tokens is 31, it must be at least 32'",
    "max-queued-requests, 0, 'weft.encoder.max-queued-requests is 0, it must be at least 1'",
    "max-queued-tokens, -5, 'weft.encoder.max-queued-tokens is -5, it must be at least 1'",
    "max-reply-bytes, 0, 'weft.encoder.max-reply-bytes is 0, it must be at least 1'",
    "shutdown-grace, -1s, 'weft.encoder.shutdown-grace is PT-1S, it must be at least 0'",
    "retry-after, 0s, 'weft.encoder.retry-after is PT0S, it must be more than 0'"
  })
  void refusesWhatCannotWork(String key, String value, String message) {
    EncoderConfig config = Configs.of(Map.of(key, value));

    assertThatThrownBy(() -> EncoderConfig.validate(config)).hasMessageStartingWith(message);
  }
}
