package io.weft.gateway.zeroshot;

import io.weft.gateway.backend.EncodeOptions.Cut;
import io.weft.gateway.backend.TextPair;
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
 * @param labels at least one
 * @param template a sentence with {@code {}} where the label goes
 * @param multiLabel whether several labels may be true at once
 * @param cut what happens to a pair that is too long
 */
record ZeroShotRequest(
    String model,
    TextInputs inputs,
    List<String> labels,
    String template,
    boolean multiLabel,
    Cut cut) {
  private static final int MAX_PAIRS = 2_048;
  private static final int MAX_TEMPLATE = 1_024;
  private static final String SLOT = "{}";
  private static final String DEFAULT_TEMPLATE = "This example is {}.";

  ZeroShotRequest {
    labels = List.copyOf(labels);
  }

  /** Reads a body. Fields that are not known are ignored. */
  static ZeroShotRequest read(InputStream body) {
    Fields fields = new Fields();
    JsonReader.readBody(body, fields::take);
    return fields.request();
  }

  /** Each text beside what each label says of it, text by text. */
  List<TextPair> pairs() {
    List<String> hypotheses = labels.stream().map(label -> template.replace(SLOT, label)).toList();
    return inputs.texts().stream()
        .flatMap(text -> hypotheses.stream().map(hypothesis -> new TextPair(text, hypothesis)))
        .toList();
  }

  private static final class Fields {
    private @Nullable String model;
    private @Nullable TextInputs inputs;
    private @Nullable List<String> labels;
    private String template = DEFAULT_TEMPLATE;
    private boolean multiLabel;
    private Cut cut = Cut.NONE;

    private void take(String name, JsonReader value) {
      switch (name) {
        case "model" -> model = GenerationFields.modelName(value);
        case "input" -> inputs = TextInputs.read(value, MAX_PAIRS);
        case "candidate_labels" -> labels = labels(value);
        case "hypothesis_template" -> template = template(value);
        case "multi_label" -> multiLabel = value.bool();
        case "truncate" -> cut = value.bool() ? Cut.END : Cut.NONE;
        default -> value.skip();
      }
    }

    /** A list, or labels with commas between them. */
    private static List<String> labels(JsonReader value) {
      if (value.isArray()) {
        return TextList.read(value, MAX_PAIRS);
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

    private static String template(JsonReader value) {
      String template = value.string();
      if (template.length() > MAX_TEMPLATE) {
        throw Invalid.range(
            value.path(),
            "%s has %,d characters > %,d".formatted(value.path(), template.length(), MAX_TEMPLATE));
      }
      int slot = template.indexOf(SLOT);
      if (slot < 0 || template.indexOf(SLOT, slot + 1) >= 0) {
        throw Invalid.value(
            value.path(), value.path() + " must hold {} once, where the label goes");
      }
      return template;
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
      long pairs = (long) inputs.texts().size() * labels.size();
      if (pairs > MAX_PAIRS) {
        throw Invalid.range(
            "candidate_labels",
            "%,d texts with %,d labels are %,d pairs > %,d"
                .formatted(inputs.texts().size(), labels.size(), pairs, MAX_PAIRS));
      }
      return new ZeroShotRequest(model, inputs, labels, template, multiLabel, cut);
    }
  }
}
