package io.weft.generator;

import io.weft.generator.engine.BeamOptions;
import io.weft.generator.engine.BeamOptions.EarlyStopping;
import io.weft.proto.generator.v1.BeamSearch;
import io.weft.proto.generator.v1.GenerateRequest;
import io.weft.proto.generator.v1.Sampling;
import org.jspecify.annotations.Nullable;

/** The contract's beam search: its bounds, and what cannot be had together with it. */
final class BeamProtos {
  private static final String MESSAGE = "sampling.beam_search";
  private static final int MAX_BEAMS = 16;

  private BeamProtos() {}

  /**
   * The beam search of a request, if it asks for one.
   *
   * @throws io.weft.runtime.error.WeftException.InvalidRequest naming the parameter
   */
  static @Nullable BeamOptions beams(GenerateRequest proto, int n, RequestLimits limits) {
    Sampling sampling = proto.getSampling();
    if (!sampling.hasBeamSearch()) {
      return null;
    }
    BeamSearch beams = sampling.getBeamSearch();
    int numBeams =
        Invalid.inRange(
            MESSAGE + ".num_beams", beams.getNumBeams(), 1, Math.min(MAX_BEAMS, limits.slots()));
    Invalid.inRange("n", n, 1, numBeams);
    checkTogether(proto, sampling);
    return new BeamOptions(
        numBeams,
        beams.hasLengthPenalty()
            ? Invalid.inRange(MESSAGE + ".length_penalty", beams.getLengthPenalty(), -5, 5)
            : 1,
        earlyStopping(beams));
  }

  private static EarlyStopping earlyStopping(BeamSearch beams) {
    if (beams.getExhaustive()) {
      if (beams.getEarlyStopping()) {
        throw Invalid.value(
            MESSAGE + ".early_stopping", "early_stopping and exhaustive exclude each other");
      }
      return EarlyStopping.NEVER;
    }
    return beams.getEarlyStopping() ? EarlyStopping.FIRST : EarlyStopping.LIKELY;
  }

  /** Beam search follows the likeliest sequences: nothing is drawn, and nothing is left out. */
  private static void checkTogether(GenerateRequest proto, Sampling sampling) {
    exclude(
        "sampling.temperature", sampling.getTemperature() != 0 && sampling.getTemperature() != 1);
    exclude("sampling.top_k", sampling.getTopK() != 0);
    exclude("sampling.top_p", sampling.hasTopP() && sampling.getTopP() != 1);
    exclude("sampling.min_p", sampling.getMinP() != 0);
    exclude("sampling.typical_p", sampling.hasTypicalP() && sampling.getTypicalP() != 1);
    exclude("sampling.best_of", sampling.hasBestOf());
    exclude("output.top_logprobs", proto.getOutput().hasTopLogprobs());
    exclude("output.prompt_logprobs", proto.getOutput().getPromptLogprobs());
    exclude("stop.stop", proto.getStop().getStopCount() > 0);
    exclude("constraint", proto.hasConstraint());
    if (proto.getStop().hasMaxTokens()) {
      Invalid.inRange("stop.max_tokens", proto.getStop().getMaxTokens(), 1, Integer.MAX_VALUE);
    }
  }

  private static void exclude(String param, boolean isUsed) {
    if (isUsed) {
      throw Invalid.value(
          param, "%s and beam search exclude each other".formatted(Invalid.shortName(param)));
    }
  }
}
