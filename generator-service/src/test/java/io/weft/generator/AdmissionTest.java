package io.weft.generator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weft.generator.engine.GenerationRequest;
import io.weft.generator.engine.OutputOptions;
import io.weft.generator.engine.Prompt;
import io.weft.generator.engine.StopOptions;
import io.weft.generator.sampling.SamplingOptions;
import io.weft.runtime.error.WeftException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AdmissionTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Admission admission =
      new Admission(
          Configs.config(Map.of("weft.generator.max-queued-requests", "4")), registry, "tiny");

  @Test
  void refusalsAreCountedByReasonFromTheStart() {
    assertThat(refused("QUEUE_FULL")).isZero();
    assertThat(refused("TENANT_QUEUE_FULL")).isZero();

    for (int i = 0; i < 3; i++) {
      admission.admit(request("a"));
    }
    assertThatThrownBy(() -> admission.admit(request("a")))
        .isInstanceOf(WeftException.Overloaded.class);
    admission.admit(request("b"));
    assertThatThrownBy(() -> admission.admit(request("c")))
        .isInstanceOf(WeftException.Overloaded.class);

    assertThat(refused("TENANT_QUEUE_FULL")).isEqualTo(1);
    assertThat(refused("QUEUE_FULL")).isEqualTo(1);
  }

  private double refused(String reason) {
    return registry
        .get("weft.generator.refused.requests")
        .tags("model", "tiny", "reason", reason)
        .counter()
        .count();
  }

  private static GenerationRequest request(String tenant) {
    return new GenerationRequest(
        Prompt.of(1),
        1,
        SamplingOptions.likeliest(),
        StopOptions.after(1),
        OutputOptions.plain(),
        tenant);
  }
}
