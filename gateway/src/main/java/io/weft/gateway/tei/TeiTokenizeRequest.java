package io.weft.gateway.tei;

import io.weft.gateway.input.Names;
import io.weft.gateway.input.TextList;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A valid request to {@code /tokenize}.
 *
 * @param fields the model
 * @param texts 1 to 2,048
 * @param names what the request calls them
 * @param specialTokens whether the model's special tokens are added
 */
record TeiTokenizeRequest(
    TeiFields fields, List<String> texts, Names names, boolean specialTokens) {
  /** Reads a body. Fields that are not known are ignored. */
  static TeiTokenizeRequest read(InputStream body) {
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
    private @Nullable List<String> texts;
    private boolean isList;
    private boolean specialTokens = true;

    private void take(String name, JsonReader value) {
      switch (name) {
        case "inputs" -> {
          isList = value.isArray();
          texts =
              isList ? TextList.read(value, TeiFields.MAX_INPUTS) : List.of(TextList.text(value));
        }
        case "add_special_tokens" -> specialTokens = value.bool();
        default -> fields.take(name, value);
      }
    }

    private TeiTokenizeRequest request() {
      if (texts == null) {
        throw Invalid.missing("inputs");
      }
      return new TeiTokenizeRequest(fields, texts, new Names("inputs", isList), specialTokens);
    }
  }
}
