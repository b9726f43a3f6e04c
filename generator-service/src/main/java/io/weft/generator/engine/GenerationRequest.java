package io.weft.generator.engine;

import io.weft.generator.constraint.TokenConstraint;
import io.weft.generator.sampling.SamplingOptions;
import org.jspecify.annotations.Nullable;

/**
 * What to generate; valid in itself and for the model.
 *
 * @param n number of sequences to return, at least 1
 * @param tenant whose work this is; "" for nobody in particular
 * @param bestOf how many are sampled, of which the n likeliest are returned, at least n
 * @param beams beam search instead of sampling, of at least n beams; null for sampling
 * @param constraint the shape of the text; null for any
 */
public record GenerationRequest(
    Prompt prompt,
    int n,
    SamplingOptions sampling,
    StopOptions stop,
    OutputOptions output,
    String tenant,
    int bestOf,
    @Nullable BeamOptions beams,
    @Nullable TokenConstraint constraint) {
  public GenerationRequest {
    if (n < 1 || bestOf < n || (beams != null && beams.numBeams() < n)) {
      throw new IllegalArgumentException("%d sequences of %d, %s".formatted(n, bestOf, beams));
    }
  }

  /** A request for sequences that are all returned, of any shape. */
  public GenerationRequest(
      Prompt prompt,
      int n,
      SamplingOptions sampling,
      StopOptions stop,
      OutputOptions output,
      String tenant) {
    this(prompt, n, sampling, stop, output, tenant, n, null, null);
  }

  /** A request for text of any shape. */
  public GenerationRequest(
      Prompt prompt,
      int n,
      SamplingOptions sampling,
      StopOptions stop,
      OutputOptions output,
      String tenant,
      int bestOf,
      @Nullable BeamOptions beams) {
    this(prompt, n, sampling, stop, output, tenant, bestOf, beams, null);
  }

  /** The same for text of a shape. */
  public GenerationRequest with(TokenConstraint shape) {
    return new GenerationRequest(prompt, n, sampling, stop, output, tenant, bestOf, beams, shape);
  }

  /** How many sequences run: each holds a slot. */
  int sequences() {
    return beams == null ? bestOf : beams.numBeams();
  }

  /** How many of them must begin together. */
  int slotsAtOnce() {
    return beams == null ? 1 : beams.numBeams();
  }
}
