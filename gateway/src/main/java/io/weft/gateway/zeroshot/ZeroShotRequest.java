package io.weft.gateway.zeroshot;

import io.weft.gateway.backend.EncodeOptions.Cut;
import io.weft.gateway.generation.GenerationFields;
import io.weft.gateway.input.TextInputs;
import io.weft.gateway.input.TextList;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A valid request to classify by labels that the model was not trained on.
 *
 * @param model as the client named it
 * @param inputs the texts; times the labels at most 2,048
 * @param query what is wanted
 */
record ZeroShotRequest(String model, TextInputs inputs, ZeroShotClassifier.Query query) {
  /** Reads a body. Fields that are not known are ignored. */
  static ZeroShotRequest read(InputStream body) {
    Fields fields = new Fields();
    JsonReader.readBody(body, fields::take);
    return fields.request();
  }

  private static final class Fields {
    private @Nullable String model;
    private @Nullable TextInputs inputs;
    private @Nullable List<String> labels;
    private String template = ZeroShotClassifier.DEFAULT_TEMPLATE;
    private boolean multiLabel;
    private Cut cut = Cut.NONE;

    private void take(String name, JsonReader value) {
      switch (name) {
        case "model" -> model = GenerationFields.modelName(value);
        case "input" -> inputs = TextInputs.read(value, ZeroShotClassifier.MAX_PAIRS);
        case "candidate_labels" -> labels = labels(value);
        case "hypothesis_template" ->
            template = ZeroShotClassifier.template(value.string(), value.path());
        case "multi_label" -> multiLabel = value.bool();
        case "truncate" -> cut = value.bool() ? Cut.END : Cut.NONE;
        default -> value.skip();
      }
    }

    /** A list, or labels with commas between them. */
    private static List<String> labels(JsonReader value) {
      if (value.isArray()) {
        return TextList.read(value, ZeroShotClassifier.MAX_PAIRS);
      }
      if (!value.isString()) {
        throw value.wrongType("a list of strings, or labels with commas between them");
      }
      List<String> labels =
          Arrays.stream(value.string().split(",", -1))
              .map(String::strip)
              .filter(label -> !label.isEmpty())
              .toList();
      if (labels.isEmpty()) {
        throw Invalid.range(value.path(), value.path() + " has 0 labels, at least 1 is needed");
      }
      return labels;
    }

    private ZeroShotRequest request() {
      if (model == null) {
        throw Invalid.missing("model");
      }
      if (inputs == null) {
        throw Invalid.missing("input");
      }
      if (labels == null) {
        throw Invalid.missing("candidate_labels");
      }
      ZeroShotClassifier.checkPairs(inputs.texts().size(), labels.size(), "candidate_labels");
      return new ZeroShotRequest(
          model, inputs, new ZeroShotClassifier.Query(labels, template, multiLabel, cut));
    }
  }
}
