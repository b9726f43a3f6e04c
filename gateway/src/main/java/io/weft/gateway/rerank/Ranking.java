package io.weft.gateway.rerank;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.weft.gateway.generation.ResponseHead;
import io.weft.gateway.input.InputUsage;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The answer to a request to order documents, in the shape that Cohere and Jina share. */
record Ranking(String id, String model, List<Rank> results, InputUsage usage) {
  /**
   * One document, nearest first; of equal ones the earlier first.
   *
   * @param index of the document in the request
   * @param relevanceScore higher for nearer
   * @param document its text, where it was asked for
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record Rank(
      int index,
      float relevanceScore,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Document document) {}

  /** A document's text. */
  record Document(String text) {}

  static Ranking of(ResponseHead head, RerankRequest request, PairScorer.Scored scored) {
    List<Rank> results =
        order(scored.scores()).stream()
            .limit(request.topN())
            .map(
                i ->
                    new Rank(
                        i,
                        scored.scores().get(i),
                        request.returnDocuments()
                            ? new Document(request.documents().get(i))
                            : null))
            .toList();
    return new Ranking(head.id(), head.model().name(), results, InputUsage.of(scored.tokens()));
  }

  private static List<Integer> order(List<Float> scores) {
    return IntStream.range(0, scores.size())
        .boxed()
        .sorted(Comparator.comparing((Integer i) -> scores.get(i)).reversed())
        .toList();
  }
}
