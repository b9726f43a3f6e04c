package io.weft.gateway.answering;

import io.weft.gateway.backend.AnswerOptions;
import io.weft.gateway.backend.EncodeOptions;
import io.weft.gateway.backend.ItemNames;
import io.weft.gateway.backend.TextPair;
import io.weft.gateway.generation.GenerationFields;
import io.weft.gateway.input.TextInputs;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import java.io.InputStream;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A valid request for answers.
 *
 * @param model as the client named it
 * @param questions 1 to 256, or one for all contexts
 * @param contexts the passages, as many as questions, or one for all
 * @param options what answers are wanted
 * @param maxWindow longest window in tokens; null: the default
 * @param stride tokens of the passage that neighbouring windows share; null: the default
 */
record AnsweringRequest(
    String model,
    TextInputs questions,
    TextInputs contexts,
    AnswerOptions options,
    @Nullable Integer maxWindow,
    @Nullable Integer stride) {
  private static final int MAX_QUESTIONS = 256;
  private static final int MAX_TOP_K = 20;
  private static final int MAX_ANSWER_TOKENS = 512;

  /** The defaults of transformers' QuestionAnsweringPipeline. */
  private static final int DEFAULT_ANSWER_TOKENS = 15;

  private static final int DEFAULT_WINDOW = 384;
  private static final int DEFAULT_STRIDE = 128;

  /** Reads a body. Fields that are not known are ignored. */
  static AnsweringRequest read(InputStream body) {
    Fields fields = new Fields();
    JsonReader.readBody(body, fields::take);
    return fields.request();
  }

  /** Each question with its passage. */
  List<TextPair> pairs() {
    return IntStream.range(0, Math.max(questions.texts().size(), contexts.texts().size()))
        .mapToObj(i -> new TextPair(of(questions, i), of(contexts, i)))
        .toList();
  }

  private static String of(TextInputs texts, int i) {
    return texts.texts().get(texts.texts().size() == 1 ? 0 : i);
  }

  /** What errors call a question with its passage: by what there are several of. */
  ItemNames names() {
    return contexts.isList() || !questions.isList() ? contexts : questions;
  }

  /**
   * How passages are cut.
   *
   * @param contextLength of the model, in tokens
   */
  EncodeOptions windows(int contextLength) {
    int longest = maxWindow == null ? Math.min(DEFAULT_WINDOW, contextLength) : maxWindow;
    if (longest > contextLength) {
      throw Invalid.range(
          "max_seq_len",
          "max_seq_len is %,d > %,d, the model's context".formatted(longest, contextLength));
    }
    int shared = stride == null ? Math.min(DEFAULT_STRIDE, longest / 2) : stride;
    if (shared >= longest) {
      throw Invalid.range(
          "doc_stride",
          "doc_stride is %,d, it must be below the window's %,d tokens".formatted(shared, longest));
    }
    return EncodeOptions.windows(longest, shared);
  }

  private static final class Fields {
    private @Nullable String model;
    private @Nullable TextInputs questions;
    private @Nullable TextInputs contexts;
    private int topK = 1;
    private int maxAnswerTokens = DEFAULT_ANSWER_TOKENS;
    private boolean allowNoAnswer;
    private boolean wholeWords = true;
    private @Nullable Integer maxWindow;
    private @Nullable Integer stride;

    private void take(String name, JsonReader value) {
      switch (name) {
        case "model" -> model = GenerationFields.modelName(value);
        case "question" -> questions = TextInputs.read(value, MAX_QUESTIONS);
        case "context" -> contexts = TextInputs.read(value, MAX_QUESTIONS);
        case "top_k" -> topK = value.integer(1, MAX_TOP_K);
        case "max_answer_len" -> maxAnswerTokens = value.integer(1, MAX_ANSWER_TOKENS);
        case "handle_impossible_answer" -> allowNoAnswer = value.bool();
        case "align_to_words" -> wholeWords = value.bool();
        case "max_seq_len" -> maxWindow = value.integer(1, Integer.MAX_VALUE);
        case "doc_stride" -> stride = value.integer(0, Integer.MAX_VALUE);
        default -> value.skip();
      }
    }

    private AnsweringRequest request() {
      if (model == null) {
        throw Invalid.missing("model");
      }
      if (questions == null) {
        throw Invalid.missing("question");
      }
      if (contexts == null) {
        throw Invalid.missing("context");
      }
      int asked = questions.texts().size();
      int passages = contexts.texts().size();
      if (asked != 1 && passages != 1 && asked != passages) {
        throw Invalid.value(
            "context",
            "question has %,d entries and context %,d: it must be as many, or one of either"
                .formatted(asked, passages));
      }
      return new AnsweringRequest(
          model,
          questions,
          contexts,
          new AnswerOptions(topK, maxAnswerTokens, allowNoAnswer, wholeWords),
          maxWindow,
          stride);
    }
  }
}
