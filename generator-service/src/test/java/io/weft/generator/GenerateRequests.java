package io.weft.generator;

import io.weft.proto.generator.v1.BeamSearch;
import io.weft.proto.generator.v1.GenerateRequest;
import io.weft.proto.generator.v1.Sampling;
import io.weft.proto.generator.v1.StopConditions;
import java.util.List;
import java.util.stream.IntStream;

/** Requests that tests read, and the limits that they are read within. */
final class GenerateRequests {
  static final RequestLimits LIMITS =
      new RequestLimits(1_000, 8_192, null, 8, List.of(2, 5), SamplingDefaults.of(null, 1_000));

  private GenerateRequests() {}

  static GenerateRequest.Builder prompt(int... ids) {
    return GenerateRequest.newBuilder().addAllPromptIds(IntStream.of(ids).boxed().toList());
  }

  static GenerateRequest sampling(Sampling.Builder sampling) {
    return prompt(1).setSampling(sampling).build();
  }

  static GenerateRequest beams(BeamSearch.Builder beams) {
    return sampling(Sampling.newBuilder().setBeamSearch(beams));
  }

  static GenerateRequest beamsBeside(GenerateRequest.Builder request, Sampling.Builder sampling) {
    return request
        .setSampling(sampling.setBeamSearch(BeamSearch.newBuilder().setNumBeams(2)))
        .build();
  }

  static GenerateRequest stop(StopConditions.Builder stop) {
    return prompt(1).setStop(stop).build();
  }
}
