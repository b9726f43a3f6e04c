package io.weft.importer.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.importer.error.ImportException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The part that writes of a Gemma 3 that sees pictures, whose configuration and tensors hold both.
 * Without a picture it is a Gemma 3 like others; what looks at pictures is left aside.
 */
final class TextConfig {
  private static final String WHOLE = "gemma3";
  private static final String PART = "gemma3_text";
  private static final String TIED = "tie_word_embeddings";

  /** Fields that count for the part where the whole has them. */
  private static final List<String> OF_WHOLE =
      List.of(
          TIED,
          "bos_token_id",
          "eos_token_id",
          "pad_token_id",
          "tokenizer_class",
          "quantization_config");

  /** What stands before the part's tensors, by the versions of transformers; longest first. */
  private static final List<String> PREFIXES =
      List.of("model.language_model.", "language_model.model.", "language_model.");

  private static final List<String> OF_PICTURES =
      List.of(
          "vision_tower.",
          "multi_modal_projector.",
          "model.vision_tower.",
          "model.multi_modal_projector.");

  private TextConfig() {}

  /** Whether a configuration is of both. */
  static boolean isWithin(JsonNode config) {
    return config.path("model_type").asText("").equals(WHOLE);
  }

  /** The configuration of the part that writes; any other is given back as it is. */
  static ObjectNode of(ObjectNode config) {
    if (!isWithin(config)) {
      return config;
    }
    ConfigJson text = new ConfigJson(config).object("text_config");
    text.require("model_type", PART, PART);
    ObjectNode part = JsonNodeFactory.instance.objectNode();
    text.json().properties().forEach(field -> part.set(field.getKey(), field.getValue()));
    for (String field : OF_WHOLE) {
      if (config.hasNonNull(field)) {
        part.set(field, config.get(field));
      }
    }
    // As in transformers' Gemma3ForConditionalGeneration, which does not cap its logits.
    part.putNull("final_logit_softcapping");
    if (!config.hasNonNull(TIED)) {
      part.put(TIED, true);
    }
    return part.put("model_type", PART);
  }

  /** The part's tensors, by the names that they have in a model that only writes. */
  static Map<String, Tensor> tensors(Map<String, Tensor> all) {
    Map<String, Tensor> renamed = new LinkedHashMap<>();
    all.forEach(
        (name, tensor) -> {
          String own = name(name);
          if (own != null && renamed.putIfAbsent(own, tensor) != null) {
            throw new ImportException(
                "tensor %s stands in the checkpoint twice, as %s too"
                    .formatted(name, renamed.get(own).name()));
          }
        });
    return renamed;
  }

  private static @Nullable String name(String tensor) {
    if (OF_PICTURES.stream().anyMatch(tensor::startsWith)) {
      return null;
    }
    String head = "language_model.lm_head.";
    if (tensor.startsWith(head)) {
      return tensor.substring("language_model.".length());
    }
    for (String prefix : PREFIXES) {
      if (tensor.startsWith(prefix)) {
        return "model." + tensor.substring(prefix.length());
      }
    }
    return tensor;
  }
}
