package io.weft.gateway.masks;

import io.weft.gateway.backend.EncodeOptions.Cut;
import io.weft.gateway.generation.GenerationFields;
import io.weft.gateway.input.TextInputs;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * A valid request to fill masks.
 *
 * @param model as the client named it
 * @param inputs 1 to 256 texts with the model's mask token in them
 * @param query what is wanted
 */
record FillMaskRequest(String model, TextInputs inputs, MaskFiller.Query query) {
  /** Reads a body. Fields that are not known are ignored. */
  static FillMaskRequest read(InputStream body) {
    Fields fields = new Fields();
    JsonReader.readBody(body, fields::take);
    return fields.request();
  }

  private static final class Fields {
    private @Nullable String model;
    private @Nullable TextInputs inputs;
    private @Nullable TextInputs targets;
    private int topK = MaskFiller.DEFAULT_TOP_K;
    private Cut cut = Cut.NONE;

    private void take(String name, JsonReader value) {
      switch (name) {
        case "model" -> model = GenerationFields.modelName(value);
        case "input" -> inputs = TextInputs.read(value, MaskFiller.MAX_INPUTS);
        case "top_k" -> topK = value.integer(1, MaskFiller.MAX_TOP_K);
        case "targets" -> targets = TextInputs.read(value, MaskFiller.MAX_TARGETS);
        case "truncate" -> cut = value.bool() ? Cut.END : Cut.NONE;
        default -> value.skip();
      }
    }

    private FillMaskRequest request() {
      if (model == null) {
        throw Invalid.missing("model");
      }
      if (inputs == null) {
        throw Invalid.missing("input");
      }
      return new FillMaskRequest(model, inputs, new MaskFiller.Query(topK, targets, cut));
    }
  }
}
