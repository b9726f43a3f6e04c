package io.weft.gateway.tagging;

import io.weft.gateway.backend.EncodeOptions.Cut;
import io.weft.gateway.backend.TagOptions;
import io.weft.gateway.backend.TagOptions.Aggregation;
import io.weft.gateway.generation.GenerationFields;
import io.weft.gateway.input.TextInputs;
import io.weft.gateway.json.Choice;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A valid request for entities.
 *
 * @param model as the client named it
 * @param inputs 1 to 1,000 texts
 * @param aggregation how tokens are grouped
 * @param ignoredLabels what is left out, by label as it is answered
 * @param cut what happens to a text that is too long
 */
record TaggingRequest(
    String model, TextInputs inputs, Aggregation aggregation, List<String> ignoredLabels, Cut cut) {
  private static final int MAX_INPUTS = 1_000;
  private static final int MAX_IGNORED = 1_000;
  private static final String OUTSIDE = "O";

  TaggingRequest {
    ignoredLabels = List.copyOf(ignoredLabels);
  }

  /** Reads a body. Fields that are not known are ignored. */
  static TaggingRequest read(InputStream body) {
    Fields fields = new Fields();
    JsonReader.readBody(body, fields::take);
    return fields.request();
  }

  /** What the encoder is asked for. */
  TagOptions options() {
    return new TagOptions(aggregation, !ignoredLabels.contains(OUTSIDE));
  }

  private static final class Fields {
    private @Nullable String model;
    private @Nullable TextInputs inputs;
    private Aggregation aggregation = Aggregation.NONE;
    private List<String> ignoredLabels = List.of(OUTSIDE);
    private Cut cut = Cut.NONE;

    private void take(String name, JsonReader value) {
      switch (name) {
        case "model" -> model = GenerationFields.modelName(value);
        case "input" -> inputs = TextInputs.read(value, MAX_INPUTS);
        case "aggregation_strategy" -> aggregation = Choice.read(value, Aggregation.values());
        case "ignore_labels" -> ignoredLabels = value.list(MAX_IGNORED, value::string);
        case "truncate" -> cut = value.bool() ? Cut.END : Cut.NONE;
        default -> value.skip();
      }
    }

    private TaggingRequest request() {
      if (model == null) {
        throw Invalid.missing("model");
      }
      if (inputs == null) {
        throw Invalid.missing("input");
      }
      return new TaggingRequest(model, inputs, aggregation, ignoredLabels, cut);
    }
  }
}
