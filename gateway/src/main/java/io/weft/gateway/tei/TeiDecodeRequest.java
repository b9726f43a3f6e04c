package io.weft.gateway.tei;

import io.weft.gateway.input.Inputs;
import io.weft.gateway.input.InputsReader;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * A valid request to {@code /decode}.
 *
 * @param fields the model
 * @param ids one or several lists of token ids
 * @param skipSpecialTokens whether special tokens are left out of the text
 */
record TeiDecodeRequest(TeiFields fields, Inputs ids, boolean skipSpecialTokens) {
  /** Reads a body. Fields that are not known are ignored. */
  static TeiDecodeRequest read(InputStream body) {
    Reader reader = new Reader();
    JsonReader.readBody(body, reader::take);
    return reader.request();
  }

  private static final class Reader {
    private final TeiFields fields = new TeiFields();
    private @Nullable Inputs ids;
    private boolean skipSpecialTokens = true;

    private void take(String name, JsonReader value) {
      switch (name) {
        case "ids" -> ids = InputsReader.read(value, TeiFields.MAX_INPUTS);
        case "skip_special_tokens" -> skipSpecialTokens = value.bool();
        default -> fields.take(name, value);
      }
    }

    private TeiDecodeRequest request() {
      if (ids == null) {
        throw Invalid.missing("ids");
      }
      if (ids.values() instanceof Inputs.Texts) {
        throw Invalid.type("ids", "a list of token ids or a list of such lists", "text");
      }
      return new TeiDecodeRequest(fields, ids, skipSpecialTokens);
    }
  }
}
