package io.weft.gateway.tagging;

import io.weft.gateway.backend.EncodeOptions.Cut;
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
 * @param query what is wanted
 */
record TaggingRequest(String model, TextInputs inputs, Tagger.Query query) {
  /** Reads a body. Fields that are not known are ignored. */
  static TaggingRequest read(InputStream body) {
    Fields fields = new Fields();
    JsonReader.readBody(body, fields::take);
    return fields.request();
  }

  private static final class Fields {
    private @Nullable String model;
    private @Nullable TextInputs inputs;
    private Aggregation aggregation = Aggregation.NONE;
    private List<String> ignoredLabels = List.of(Tagger.OUTSIDE);
    private Cut cut = Cut.NONE;

    private void take(String name, JsonReader value) {
      switch (name) {
        case "model" -> model = GenerationFields.modelName(value);
        case "input" -> inputs = TextInputs.read(value, Tagger.MAX_INPUTS);
        case "aggregation_strategy" -> aggregation = Choice.read(value, Aggregation.values());
        case "ignore_labels" -> ignoredLabels = value.list(Tagger.MAX_IGNORED, value::string);
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
      return new TaggingRequest(model, inputs, new Tagger.Query(aggregation, ignoredLabels, cut));
    }
  }
}
