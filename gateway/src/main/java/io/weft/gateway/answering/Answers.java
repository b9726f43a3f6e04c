package io.weft.gateway.answering;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.weft.gateway.backend.FoundAnswers;
import io.weft.gateway.input.InputUsage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The answer to a request for answers.
 *
 * @param object {@code list}
 * @param model the one that answered
 * @param data in the order of the questions
 */
public record Answers(String object, String model, List<Item> data, InputUsage usage) {
  /**
   * The answers to one question.
   *
   * @param index of the question
   * @param object {@code answers}
   * @param answers best first
   * @param noAnswerScore probability that the passage holds no answer
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  public record Item(int index, String object, List<Answer> answers, float noAnswerScore) {}

  /**
   * One answer, in the shape of transformers' QuestionAnsweringPipeline.
   *
   * @param score a probability; of answers that read alike, together
   * @param start first position in the passage, in code points; 0 for "no answer"
   * @param end one past the last; 0 for "no answer"
   * @param answer its text; empty for "no answer"
   */
  public record Answer(float score, int start, int end, String answer) {
    private Answer plus(Answer other) {
      return new Answer(score + other.score, start, end, answer);
    }

    /** Says only what it is: it is the text. */
    @Override
    public String toString() {
      return "an answer";
    }
  }

  /**
   * The best answers. Those that read alike, ignoring case, are one: where the first of them
   * stands, with the sum of their scores.
   *
   * @param topK most answers
   */
  static List<Answer> best(FoundAnswers found, String passage, int topK) {
    int[] text = passage.codePoints().toArray();
    Map<String, Answer> merged = new LinkedHashMap<>();
    List<Answer> none = new ArrayList<>();
    for (FoundAnswers.Candidate candidate : found.candidates()) {
      if (candidate.span() == null) {
        none.add(new Answer(candidate.score(), 0, 0, ""));
        continue;
      }
      int start = candidate.span().start();
      int end = candidate.span().end();
      String words = new String(text, start, end - start);
      merged.merge(
          words.toLowerCase(Locale.ROOT),
          new Answer(candidate.score(), start, end, words),
          Answer::plus);
    }
    List<Answer> all = new ArrayList<>(merged.values());
    all.addAll(none);
    all.sort(Comparator.comparingDouble(Answer::score).reversed());
    return List.copyOf(all.subList(0, Math.min(topK, all.size())));
  }
}
