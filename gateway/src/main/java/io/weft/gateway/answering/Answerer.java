package io.weft.gateway.answering;

import io.weft.gateway.backend.AnswerOptions;
import io.weft.gateway.backend.EncodeOptions;
import io.weft.gateway.backend.EncodedBatch;
import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.EncoderClient;
import io.weft.gateway.backend.FoundAnswers;
import io.weft.gateway.backend.ItemNames;
import io.weft.gateway.backend.ItemOutcome;
import io.weft.gateway.backend.TextPair;
import io.weft.gateway.backend.TokenizerClient;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.models.Model;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds answers in passages of any length; a question that cannot be read fails alone. */
@Singleton
public final class Answerer {
  /** Most questions of a request. */
  public static final int MAX_QUESTIONS = 256;

  /** Most answers a question. */
  public static final int MAX_TOP_K = 20;

  /** Longest answer. */
  public static final int MAX_ANSWER_TOKENS = 512;

  /** The default of transformers' QuestionAnsweringPipeline. */
  public static final int DEFAULT_ANSWER_TOKENS = 15;

  private static final int DEFAULT_WINDOW = 384;
  private static final int DEFAULT_STRIDE = 128;

  /** Most windows of one passage, and of all. */
  private static final int MAX_WINDOWS_OF_PASSAGE = 256;

  private static final int MAX_WINDOWS = 4_096;

  private final TokenizerClient tokenizer;
  private final EncoderClient encoder;

  Answerer(TokenizerClient tokenizer, EncoderClient encoder) {
    this.tokenizer = tokenizer;
    this.encoder = encoder;
  }

  /**
   * How passages are cut into windows.
   *
   * @param longest window in tokens; null: the default
   * @param longestName what the request calls it
   * @param stride tokens of the passage that neighbouring windows share; null: the default
   * @param strideName what the request calls it
   */
  public record Windows(
      @Nullable Integer longest, String longestName, @Nullable Integer stride, String strideName) {
    /**
     * For a model.
     *
     * @param contextLength its context, in tokens
     */
    private EncodeOptions options(int contextLength) {
      int window = longest == null ? Math.min(DEFAULT_WINDOW, contextLength) : longest;
      if (window > contextLength) {
        throw Invalid.range(
            longestName,
            "%s is %,d > %,d, the model's context".formatted(longestName, window, contextLength));
      }
      int shared = stride == null ? Math.min(DEFAULT_STRIDE, window / 2) : stride;
      if (shared >= window) {
        throw Invalid.range(
            strideName,
            "%s is %,d, it must be below the window's %,d tokens"
                .formatted(strideName, shared, window));
      }
      return EncodeOptions.windows(window, shared);
    }
  }

  /**
   * The answers to one question.
   *
   * @param answers best first
   * @param noAnswerScore probability that the passage holds no answer
   */
  public record Found(List<Answers.Answer> answers, float noAnswerScore) {
    public Found {
      answers = List.copyOf(answers);
    }
  }

  /**
   * The answers to each question.
   *
   * @param pairs each question with its passage
   * @param names what the request calls each, for failures of all
   */
  public EncodedBatch.Answer<Found> answers(
      Model model, List<TextPair> pairs, AnswerOptions options, Windows windows, ItemNames names) {
    EncodedBatch<List<EncodedText>> batch =
        EncodedBatch.windows(
            tokenizer,
            model.name(),
            pairs,
            windows.options(model.contextLength()),
            MAX_WINDOWS_OF_PASSAGE,
            names);
    List<List<EncodedText>> read = batch.sequences();
    int total = read.stream().mapToInt(List::size).sum();
    if (total > MAX_WINDOWS) {
      throw Invalid.range(
          names.param(),
          "%s: %,d windows together > %,d".formatted(names.param(), total, MAX_WINDOWS));
    }
    EncodedBatch.Answer<FoundAnswers> found =
        batch.answer(encoder.answerSpans(model.name(), read, options, names));
    List<ItemOutcome<Found>> outcomes = new ArrayList<>(pairs.size());
    for (ItemOutcome<FoundAnswers> outcome : found.outcomes()) {
      String passage = String.valueOf(pairs.get(outcomes.size()).pair());
      outcomes.add(
          outcome.map(
              answers ->
                  new Found(
                      Answers.best(answers, passage, options.topK()), answers.noAnswerScore())));
    }
    return new EncodedBatch.Answer<>(outcomes, found.tokens());
  }
}
