package io.weft.gateway.rerank;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** The answer to a request for scores, in vLLM's shape. */
record ScoredPairs(
    String id, String object, long created, String model, List<Score> data, Usage usage) {
  /**
   * The score of one pair.
   *
   * @param index of the pair
   * @param object {@code score}
   * @param score higher for nearer
   */
  record Score(int index, String object, float score) {}

  /** Tokens of all sequences. */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record Usage(int promptTokens, int totalTokens, int completionTokens) {}

  static ScoredPairs of(String model, PairScorer.Scored scored) {
    List<Score> data = new ArrayList<>(scored.scores().size());
    for (float score : scored.scores()) {
      data.add(new Score(data.size(), "score", score));
    }
    return new ScoredPairs(
        "score-" + UUID.randomUUID().toString().replace("-", ""),
        "list",
        Instant.now().getEpochSecond(),
        model,
        data,
        new Usage(scored.tokens(), scored.tokens(), 0));
  }
}
