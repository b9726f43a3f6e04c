package io.weft.runtime.onnx;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/** Says which kernels were replaced: {@code weft.kernel.replaced}, labelled with the kernel. */
public final class KernelMetrics {
  private KernelMetrics() {}

  /** Registers what was replaced so far; to be called after each model that was opened. */
  public static void register(MeterRegistry registry) {
    register(registry, KernelProofs.INSTANCE);
  }

  static void register(MeterRegistry registry, KernelProofs proofs) {
    for (String kernel : proofs.replaced().keySet()) {
      Gauge.builder(
              "weft.kernel.replaced", proofs, known -> known.replaced().getOrDefault(kernel, 0))
          .description("Nodes computed otherwise because their kernel is wrong on this machine")
          .tag("kernel", kernel)
          .register(registry);
    }
  }
}
