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
 * @param topK candidates a mask, 1 to 100
 * @param targets what may be filled in, 1 to 10,000 tokens or words; null for the whole vocabulary
 * @param cut what happens to a text that is too long
 */
record FillMaskRequest(
    String model, TextInputs inputs, int topK, @Nullable TextInputs targets, Cut cut) {
  private static final int MAX_INPUTS = 256;
  private static final int MAX_TOP_K = 100;
  private static final int MAX_TARGETS = 10_000;

  /** The default of transformers' FillMaskPipeline. */
  private static final int DEFAULT_TOP_K = 5;

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
    private int topK = DEFAULT_TOP_K;
    private Cut cut = Cut.NONE;

    private void take(String name, JsonReader value) {
      switch (name) {
        case "model" -> model = GenerationFields.modelName(value);
        case "input" -> inputs = TextInputs.read(value, MAX_INPUTS);
        case "top_k" -> topK = value.integer(1, MAX_TOP_K);
        case "targets" -> targets = TextInputs.read(value, MAX_TARGETS);
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
      return new FillMaskRequest(model, inputs, topK, targets, cut);
    }
  }
}
