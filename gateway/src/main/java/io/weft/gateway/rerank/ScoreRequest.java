package io.weft.gateway.rerank;

import io.weft.gateway.backend.EncodeOptions.Cut;
import io.weft.gateway.backend.TextPair;
import io.weft.gateway.generation.GenerationFields;
import io.weft.gateway.input.Names;
import io.weft.gateway.input.TextList;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import java.io.InputStream;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A valid request for the scores of pairs.
 *
 * @param model as the client named it
 * @param pairs what to score
 * @param names what the request calls them
 * @param cut what happens to a pair that is too long
 * @param rawScores logits instead of probabilities
 */
record ScoreRequest(String model, List<TextPair> pairs, Names names, Cut cut, boolean rawScores) {
  private static final int MAX_PAIRS = 2_048;

  /** Reads a body. Fields that are not known are ignored. */
  static ScoreRequest read(InputStream body) {
    Fields fields = new Fields();
    JsonReader.readBody(body, fields::take);
    return fields.request();
  }

  /** Texts of one side. */
  private record Side(List<String> texts, boolean isList) {}

  private static final class Fields {
    private @Nullable String model;
    private @Nullable Side first;
    private @Nullable Side second;
    private Cut cut = Cut.NONE;
    private boolean rawScores;

    private void take(String name, JsonReader value) {
      switch (name) {
        case "model" -> model = GenerationFields.modelName(value);
        case "text_1" -> first = side(value);
        case "text_2" -> second = side(value);
        case "truncate" -> cut = value.bool() ? Cut.END : Cut.NONE;
        case "activation", "use_activation" -> rawScores = !value.bool();
        default -> value.skip();
      }
    }

    private static Side side(JsonReader value) {
      if (value.isString()) {
        return new Side(List.of(TextList.text(value)), false);
      }
      if (!value.isArray()) {
        throw value.wrongType("a string or a list of strings");
      }
      return new Side(TextList.read(value, MAX_PAIRS), true);
    }

    private ScoreRequest request() {
      if (model == null) {
        throw Invalid.missing("model");
      }
      if (first == null) {
        throw Invalid.missing("text_1");
      }
      if (second == null) {
        throw Invalid.missing("text_2");
      }
      List<String> lefts = first.texts();
      List<String> rights = second.texts();
      if (lefts.size() != 1 && lefts.size() != rights.size()) {
        throw Invalid.value(
            "text_2",
            "text_1 has %,d entries and text_2 %,d: it must be one to any number, or as many"
                .formatted(lefts.size(), rights.size()));
      }
      List<TextPair> pairs =
          IntStream.range(0, rights.size())
              .mapToObj(i -> new TextPair(lefts.get(lefts.size() == 1 ? 0 : i), rights.get(i)))
              .toList();
      return new ScoreRequest(model, pairs, new Names("text_2", second.isList()), cut, rawScores);
    }
  }
}
