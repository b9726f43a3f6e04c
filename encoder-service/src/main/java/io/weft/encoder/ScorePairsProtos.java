package io.weft.encoder;

import io.weft.encoder.batch.Outcome;
import io.weft.proto.encoder.v1.ScorePairsResponse;
import io.weft.proto.encoder.v1.ScorePairsResult;
import io.weft.runtime.error.WeftException;
import java.util.List;

/** The messages of ScorePairs. */
final class ScorePairsProtos {
  private ScorePairsProtos() {}

  static ScorePairsResponse response(List<Outcome<Float>> outcomes) {
    ScorePairsResponse.Builder response = ScorePairsResponse.newBuilder();
    for (Outcome<Float> outcome : outcomes) {
      response.addResults(
          switch (outcome) {
            case Outcome.Done<Float>(Float score) -> ScorePairsResult.newBuilder().setScore(score);
            case Outcome.Failed<Float>(WeftException failure) ->
                ScorePairsResult.newBuilder().setError(EncoderProtos.error(failure));
          });
    }
    return response.build();
  }
}
