package io.weft.importer.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.importer.checkpoint.EncoderHead.Kind;
import io.weft.importer.error.ImportException;
import io.weft.runtime.model.ModelManifest;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds out which head an encoder's checkpoint has. */
final class EncoderHeads {
  private static final Set<String> PROBLEM_TYPES =
      Set.of(ModelManifest.SINGLE_LABEL, ModelManifest.MULTI_LABEL, ModelManifest.REGRESSION);

  private EncoderHeads() {}

  /**
   * The head that {@code architectures} in config.json names. A masked language model whose
   * checkpoint lacks that head, as encoders are published that were trained from one, has none.
   *
   * @param tensors all names of the checkpoint; null where they are not known, and config.json is
   *     taken at its word
   * @param maskedHead a tensor that a masked language model's head has
   */
  static EncoderHead read(ConfigJson config, @Nullable Set<String> tensors, String maskedHead) {
    Kind kind = kind(config, tensors, maskedHead);
    return switch (kind) {
      case NONE, ANSWER_SPANS, FILL_MASK -> new EncoderHead(kind, List.of(), null, null);
      case CLASSIFY_TOKENS -> new EncoderHead(kind, labels(config), null, null);
      case CLASSIFY -> {
        List<String> labels = labels(config);
        String activation = labels.size() == 1 ? PairActivation.read(config) : null;
        yield new EncoderHead(kind, labels, problemType(config, labels.size()), activation);
      }
    };
  }

  private static Kind kind(ConfigJson config, @Nullable Set<String> tensors, String maskedHead) {
    String architecture = config.json().path("architectures").path(0).asText("");
    Kind masked = tensors == null || tensors.contains(maskedHead) ? Kind.FILL_MASK : Kind.NONE;
    int head = architecture.indexOf("For");
    return switch (head < 0 ? architecture : architecture.substring(head)) {
      case "ForMaskedLM", "ForPreTraining" -> masked;
      case "ForSequenceClassification" -> Kind.CLASSIFY;
      case "ForTokenClassification" -> Kind.CLASSIFY_TOKENS;
      case "ForQuestionAnswering" -> Kind.ANSWER_SPANS;
      case "" -> tensors == null ? Kind.NONE : unnamed(tensors, masked);
      default -> {
        if (head < 0 && architecture.endsWith("Model") && !architecture.endsWith("LMHeadModel")) {
          yield Kind.NONE;
        }
        throw new ImportException(
            ("config.json: architectures names '%s', which is not supported; supported: …Model,"
                    + " …ForMaskedLM, …ForPreTraining, …ForSequenceClassification,"
                    + " …ForTokenClassification, …ForQuestionAnswering")
                .formatted(architecture));
      }
    };
  }

  /** Without a name only the tensors can tell, and a classifier's do not say of what. */
  private static Kind unnamed(Set<String> tensors, Kind masked) {
    for (String tensor : tensors) {
      if (tensor.startsWith("classifier.") || tensor.startsWith("qa_outputs.")) {
        throw new ImportException(
            "the checkpoint has a head (tensor %s) but config.json has no architectures to say which"
                .formatted(tensor));
      }
    }
    return masked;
  }

  private static List<String> labels(ConfigJson config) {
    List<String> labels = new ArrayList<>();
    if (!config.has("id2label")) {
      // As transformers does: two labels unless a number is given.
      int count = config.integer("num_labels", Limits.LABELS, 2);
      for (int i = 0; i < count; i++) {
        labels.add("LABEL_" + i);
      }
      return labels;
    }
    JsonNode names = config.json().path("id2label");
    if (!names.isObject() || names.isEmpty() || names.size() > Limits.LABELS) {
      throw new ImportException(
          "config.json: id2label must be an object of 1 to %,d labels".formatted(Limits.LABELS));
    }
    for (int i = 0; i < names.size(); i++) {
      JsonNode name = names.path(Integer.toString(i));
      if (!name.isTextual() && !name.isNumber()) {
        throw new ImportException(
            "config.json: id2label has %d labels but none with id %d; the ids must be 0 to %d"
                .formatted(names.size(), i, names.size() - 1));
      }
      labels.add(name.asText());
    }
    return labels;
  }

  /**
   * Where nothing says it, a single label is scored by a sigmoid, as transformers' pipeline does.
   */
  private static String problemType(ConfigJson config, int labels) {
    String type =
        config.text(
            "problem_type", labels == 1 ? ModelManifest.MULTI_LABEL : ModelManifest.SINGLE_LABEL);
    if (!PROBLEM_TYPES.contains(type)) {
      throw new ImportException(
          "config.json: problem_type '%s' is not supported; supported: %s"
              .formatted(type, PROBLEM_TYPES.stream().sorted().toList()));
    }
    return type;
  }
}
