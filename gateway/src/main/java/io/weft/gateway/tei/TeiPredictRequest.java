package io.weft.gateway.tei;

import io.weft.gateway.backend.TextPair;
import io.weft.gateway.input.Names;
import io.weft.gateway.input.TextList;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A valid request to {@code /predict}. Its inputs are a string, a pair {@code [a, b]}, or a batch
 * of lists of one or two strings each.
 *
 * @param fields model and truncation
 * @param inputs texts and pairs
 * @param isBatch whether they came as a batch, which is answered as one
 * @param rawScores logits instead of probabilities
 */
record TeiPredictRequest(
    TeiFields fields, List<TextPair> inputs, boolean isBatch, boolean rawScores) {
  private static final String EXPECTED = "a string, a pair of strings or a list of such lists";

  /** Reads a body. Fields that are not known are ignored. */
  static TeiPredictRequest read(InputStream body) {
    Reader reader = new Reader();
    JsonReader.readBody(body, reader::take);
    return reader.request();
  }

  /** What the request calls the inputs. */
  Names names() {
    return new Names("inputs", isBatch);
  }

  private static final class Reader {
    private final TeiFields fields = new TeiFields();
    private @Nullable List<TextPair> inputs;
    private boolean isBatch;
    private boolean rawScores;

    private void take(String name, JsonReader value) {
      switch (name) {
        case "inputs" -> inputs = inputs(value);
        case "raw_scores" -> rawScores = value.bool();
        default -> fields.take(name, value);
      }
    }

    private List<TextPair> inputs(JsonReader value) {
      if (value.isString()) {
        isBatch = false;
        return List.of(TextPair.of(TextList.text(value)));
      }
      if (!value.isArray()) {
        throw value.wrongType(EXPECTED);
      }
      String param = value.path();
      List<String> single = new ArrayList<>(2);
      List<TextPair> batch = new ArrayList<>();
      value.array(element -> element(param, element, single, batch));
      isBatch = single.isEmpty();
      if (isBatch && batch.isEmpty()) {
        throw Invalid.range(param, param + " has 0 entries, at least 1 is needed");
      }
      return isBatch ? batch : List.of(pair(single));
    }

    private static void element(
        String param, JsonReader element, List<String> single, List<TextPair> batch) {
      if (element.isString() && batch.isEmpty()) {
        if (single.size() == 2) {
          throw Invalid.range(
              param, param + " has more than 2 entries: a batch is a list of lists");
        }
        single.add(TextList.text(element));
      } else if (element.isArray() && single.isEmpty()) {
        if (batch.size() == TeiFields.MAX_INPUTS) {
          throw Invalid.range(
              param, "%s has more than %,d entries".formatted(param, TeiFields.MAX_INPUTS));
        }
        batch.add(pair(TextList.read(element, 2)));
      } else {
        throw element.wrongType("a string or a list of one or two strings, as the entries before");
      }
    }

    private static TextPair pair(List<String> texts) {
      return new TextPair(texts.getFirst(), texts.size() == 2 ? texts.get(1) : null);
    }

    private TeiPredictRequest request() {
      if (inputs == null) {
        throw Invalid.missing("inputs");
      }
      return new TeiPredictRequest(fields, inputs, isBatch, rawScores);
    }
  }
}
