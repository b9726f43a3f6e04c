package io.weft.gateway.rerank;

import io.weft.gateway.generation.ResponseHead;
import io.weft.gateway.input.InputUsage;
import java.util.ArrayList;
import java.util.List;

/** The answer to a request for scores, in vLLM's shape. */
record ScoredPairs(
    String id, String object, long created, String model, List<Score> data, InputUsage usage) {
  /**
   * The score of one pair.
   *
   * @param index of the pair
   * @param object {@code score}
   * @param score higher for nearer
   */
  record Score(int index, String object, float score) {}

  static ScoredPairs of(ResponseHead head, PairScorer.Scored scored) {
    List<Score> data = new ArrayList<>(scored.scores().size());
    for (float score : scored.scores()) {
      data.add(new Score(data.size(), "score", score));
    }
    return new ScoredPairs(
        head.id(),
        "list",
        head.createdUnixS(),
        head.model().name(),
        data,
        InputUsage.withCompletion(scored.tokens()));
  }
}
