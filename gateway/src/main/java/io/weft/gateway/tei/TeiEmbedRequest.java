package io.weft.gateway.tei;

import io.weft.gateway.backend.EmbedOptions;
import io.weft.gateway.input.Inputs;
import io.weft.gateway.input.InputsReader;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * A valid request to {@code /embed}, {@code /embed_all} or {@code /embed_sparse}.
 *
 * @param fields model and truncation
 * @param inputs what to embed
 * @param options what vectors are wanted, of length 1 unless the request says otherwise
 */
record TeiEmbedRequest(TeiFields fields, Inputs inputs, EmbedOptions options) {
  /** Reads a body. Fields that are not known are ignored. */
  static TeiEmbedRequest read(InputStream body) {
    Reader reader = new Reader();
    JsonReader.readBody(body, reader::take);
    return reader.request();
  }

  private static final class Reader {
    private final TeiFields fields = new TeiFields();
    private @Nullable Inputs inputs;
    private boolean normalize = true;
    private int dimensions;

    private void take(String name, JsonReader value) {
      switch (name) {
        case "inputs" -> inputs = InputsReader.read(value, TeiFields.MAX_INPUTS);
        case "normalize" -> normalize = value.bool();
        case "dimensions" -> dimensions = value.integer(1, Integer.MAX_VALUE);
        default -> fields.take(name, value);
      }
    }

    private TeiEmbedRequest request() {
      if (inputs == null) {
        throw Invalid.missing("inputs");
      }
      return new TeiEmbedRequest(
          fields, inputs, new EmbedOptions(dimensions, null, normalize, EmbedOptions.Format.FLOAT));
    }
  }
}
