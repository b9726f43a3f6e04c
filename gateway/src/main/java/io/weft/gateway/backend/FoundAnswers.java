package io.weft.gateway.backend;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The candidates for an answer to one question.
 *
 * @param candidates window by window, each window's best first; "no answer", if it takes part, last
 * @param noAnswerScore probability that the passage holds no answer
 */
public record FoundAnswers(List<Candidate> candidates, float noAnswerScore) {
  public FoundAnswers {
    candidates = List.copyOf(candidates);
  }

  /**
   * One of them.
   *
   * @param span where it stands in the passage, in code points; null for "no answer"
   * @param score a probability
   */
  public record Candidate(EncodedText.@Nullable Span span, float score) {}
}
