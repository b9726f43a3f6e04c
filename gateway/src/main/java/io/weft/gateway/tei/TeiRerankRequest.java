package io.weft.gateway.tei;

import io.weft.gateway.input.TextList;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A valid request to {@code /rerank}.
 *
 * @param fields model and truncation
 * @param query what the texts are held against
 * @param texts 1 to 2,048
 * @param rawScores logits instead of probabilities
 * @param returnText whether the texts are answered too
 */
record TeiRerankRequest(
    TeiFields fields, String query, List<String> texts, boolean rawScores, boolean returnText) {
  /** Reads a body. Fields that are not known are ignored. */
  static TeiRerankRequest read(InputStream body) {
    Reader reader = new Reader();
    JsonReader.readBody(body, reader::take);
    return reader.request();
  }

  /** Says only how many: texts are never logged. */
  @Override
  public String toString() {
    return texts.size() + " texts";
  }

  private static final class Reader {
    private final TeiFields fields = new TeiFields();
    private @Nullable String query;
    private @Nullable List<String> texts;
    private boolean rawScores;
    private boolean returnText;

    private void take(String name, JsonReader value) {
      switch (name) {
        case "query" -> query = TextList.text(value);
        case "texts" -> texts = TextList.read(value, TeiFields.MAX_INPUTS);
        case "raw_scores" -> rawScores = value.bool();
        case "return_text" -> returnText = value.bool();
        default -> fields.take(name, value);
      }
    }

    private TeiRerankRequest request() {
      if (query == null) {
        throw Invalid.missing("query");
      }
      if (texts == null) {
        throw Invalid.missing("texts");
      }
      return new TeiRerankRequest(fields, query, texts, rawScores, returnText);
    }
  }
}
