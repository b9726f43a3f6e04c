package io.weft.gateway.states;

import io.weft.gateway.backend.EncodeOptions.Cut;
import io.weft.gateway.generation.GenerationFields;
import io.weft.gateway.input.PairInputs;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * A valid request for hidden states.
 *
 * @param model as the client named it
 * @param inputs 1 to 256 texts or pairs
 * @param cut what happens to a text that is too long
 */
record HiddenStatesRequest(String model, PairInputs inputs, Cut cut) {
  /** Reads a body. Fields that are not known are ignored. */
  static HiddenStatesRequest read(InputStream body) {
    Fields fields = new Fields();
    JsonReader.readBody(body, fields::take);
    return fields.request();
  }

  private static final class Fields {
    private @Nullable String model;
    private @Nullable PairInputs inputs;
    private Cut cut = Cut.NONE;

    private void take(String name, JsonReader value) {
      switch (name) {
        case "model" -> model = GenerationFields.modelName(value);
        case "input" -> inputs = PairInputs.read(value, StatesReader.MAX_STATES);
        case "truncate" -> cut = value.bool() ? Cut.END : Cut.NONE;
        default -> value.skip();
      }
    }

    private HiddenStatesRequest request() {
      if (model == null) {
        throw Invalid.missing("model");
      }
      if (inputs == null) {
        throw Invalid.missing("input");
      }
      return new HiddenStatesRequest(model, inputs, cut);
    }
  }
}
