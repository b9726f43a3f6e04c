package io.weft.gateway.answering;

import io.weft.gateway.backend.AnswerOptions;
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
 * @param windows how passages are cut
 */
record AnsweringRequest(
    String model,
    TextInputs questions,
    TextInputs contexts,
    AnswerOptions options,
    Answerer.Windows windows) {
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

  private static final class Fields {
    private @Nullable String model;
    private @Nullable TextInputs questions;
    private @Nullable TextInputs contexts;
    private int topK = 1;
    private int maxAnswerTokens = Answerer.DEFAULT_ANSWER_TOKENS;
    private boolean allowNoAnswer;
    private boolean wholeWords = true;
    private @Nullable Integer maxWindow;
    private @Nullable Integer stride;

    private void take(String name, JsonReader value) {
      switch (name) {
        case "model" -> model = GenerationFields.modelName(value);
        case "question" -> questions = TextInputs.read(value, Answerer.MAX_QUESTIONS);
        case "context" -> contexts = TextInputs.read(value, Answerer.MAX_QUESTIONS);
        case "top_k" -> topK = value.integer(1, Answerer.MAX_TOP_K);
        case "max_answer_len" -> maxAnswerTokens = value.integer(1, Answerer.MAX_ANSWER_TOKENS);
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
          new Answerer.Windows(maxWindow, "max_seq_len", stride, "doc_stride"));
    }
  }
}
