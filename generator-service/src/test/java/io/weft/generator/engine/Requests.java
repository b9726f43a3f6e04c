package io.weft.generator.engine;

import io.weft.generator.sampling.SamplingOptions;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Requests for tests. */
final class Requests {
  private Requests() {}

  static GenerationRequest greedy(int maxTokens, int... prompt) {
    return request(1, SamplingOptions.likeliest(), StopOptions.after(maxTokens), prompt);
  }

  static GenerationRequest sampled(int n, long seed, int maxTokens, int... prompt) {
    return request(
        n, new SamplingOptions(1, 0, 1, 0, seed, Map.of()), StopOptions.after(maxTokens), prompt);
  }

  static GenerationRequest request(
      int n, SamplingOptions sampling, StopOptions stop, int... prompt) {
    return request(n, sampling, stop, Prompt.of(prompt));
  }

  static GenerationRequest request(
      int n, SamplingOptions sampling, StopOptions stop, Prompt prompt) {
    return new GenerationRequest(prompt, n, sampling, stop, OutputOptions.plain(), "");
  }

  /** The n likeliest of several. */
  static GenerationRequest bestOf(int bestOf, GenerationRequest request) {
    return new GenerationRequest(
        request.prompt(),
        request.n(),
        request.sampling(),
        request.stop(),
        request.output(),
        request.tenant(),
        bestOf,
        null);
  }

  /** The n best of a beam search. */
  static GenerationRequest beams(BeamOptions beams, GenerationRequest request) {
    return new GenerationRequest(
        request.prompt(),
        request.n(),
        request.sampling(),
        request.stop(),
        request.output(),
        request.tenant(),
        request.n(),
        beams);
  }

  /** The same request of another tenant. */
  static GenerationRequest of(String tenant, GenerationRequest request) {
    return new GenerationRequest(
        request.prompt(),
        request.n(),
        request.sampling(),
        request.stop(),
        request.output(),
        tenant,
        request.bestOf(),
        request.beams());
  }

  static StopOptions stop(int maxTokens, int minTokens, Set<Integer> ends, String... stops) {
    return new StopOptions(maxTokens, minTokens, List.of(stops), ends, false);
  }
}
