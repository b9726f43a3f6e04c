package io.weft.generator.engine;

import io.weft.generator.sampling.SamplingOptions;

/**
 * What to generate; valid in itself and for the model.
 *
 * @param n number of independent sequences, at least 1
 * @param tenant whose work this is; "" for nobody in particular
 */
public record GenerationRequest(
    Prompt prompt,
    int n,
    SamplingOptions sampling,
    StopOptions stop,
    OutputOptions output,
    String tenant) {
  public GenerationRequest {
    if (n < 1) {
      throw new IllegalArgumentException("%d sequences".formatted(n));
    }
  }
}
