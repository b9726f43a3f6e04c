package io.weft.gateway.classify;

import io.weft.gateway.backend.EncodeOptions.Cut;
import io.weft.gateway.generation.GenerationFields;
import io.weft.gateway.input.Inputs;
import io.weft.gateway.input.InputsReader;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * A valid request for labels.
 *
 * @param model as the client named it
 * @param inputs what to label
 * @param cut what happens to a text that is too long
 * @param rawScores logits instead of probabilities
 */
record ClassifyRequest(String model, Inputs inputs, Cut cut, boolean rawScores) {
  private static final int MAX_INPUTS = 2_048;

  /** Reads a body. Fields that are not known are ignored. */
  static ClassifyRequest read(InputStream body) {
    Fields fields = new Fields();
    JsonReader.readBody(body, fields::take);
    return fields.request();
  }

  private static final class Fields {
    private @Nullable String model;
    private @Nullable Inputs inputs;
    private Cut cut = Cut.NONE;
    private boolean rawScores;

    private void take(String name, JsonReader value) {
      switch (name) {
        case "model" -> model = GenerationFields.modelName(value);
        case "input" -> inputs = InputsReader.read(value, MAX_INPUTS);
        case "truncate" -> cut = value.bool() ? Cut.END : Cut.NONE;
        // vLLM's name: logits where it is false.
        case "activation", "use_activation" -> rawScores = !value.bool();
        default -> value.skip();
      }
    }

    private ClassifyRequest request() {
      if (model == null) {
        throw Invalid.missing("model");
      }
      if (inputs == null) {
        throw Invalid.missing("input");
      }
      return new ClassifyRequest(model, inputs, cut, rawScores);
    }
  }
}
