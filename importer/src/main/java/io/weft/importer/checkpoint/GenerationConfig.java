package io.weft.importer.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.importer.error.ImportException;
import io.weft.runtime.model.ModelManifest;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What {@code generation_config.json} says about sampling. A folder without that file, from before
 * transformers 4.26, has the same fields in {@code config.json}.
 */
final class GenerationConfig {
  private GenerationConfig() {}

  static ModelManifest.GenerationSpec read(Path folder, ObjectNode config) {
    JsonNode own = JsonFiles.readIfThere(folder.resolve("generation_config.json"));
    JsonNode json = own.isMissingNode() || own.isEmpty() ? config : own;
    boolean samples = json.path("do_sample").asBoolean(false);
    return new ModelManifest.GenerationSpec(
        samples ? number(json, "temperature", 0, 100) : null,
        samples ? number(json, "top_p", 0, 1) : null,
        samples ? integer(json, "top_k", 0, Limits.VOCABULARY) : null,
        number(json, "repetition_penalty", 0, 100),
        decoderStart(json, config));
  }

  /**
   * The same of an encoder-decoder, whose output starts from some token.
   *
   * @param otherwise the token where nothing says; for T5 that is padding
   * @param vocabularySize rows of the embedding table
   */
  static ModelManifest.GenerationSpec readWithStart(
      Path folder, ObjectNode config, @Nullable Integer otherwise, int vocabularySize) {
    ModelManifest.GenerationSpec spec = read(folder, config);
    Integer start = spec.decoderStart() == null ? otherwise : spec.decoderStart();
    if (start == null) {
      throw new ImportException(
          "config.json has neither decoder_start_token_id nor pad_token_id: no token to start from");
    }
    if (start >= vocabularySize) {
      throw new ImportException(
          "decoder_start_token_id is %,d, it must lie in [0, %,d)"
              .formatted(start, vocabularySize));
    }
    return new ModelManifest.GenerationSpec(
        spec.temperature(), spec.topP(), spec.topK(), spec.repetitionPenalty(), start);
  }

  private static @Nullable Integer decoderStart(JsonNode json, JsonNode config) {
    JsonNode holder = json.hasNonNull("decoder_start_token_id") ? json : config;
    return integer(holder, "decoder_start_token_id", 0, Limits.VOCABULARY);
  }

  private static @Nullable Float number(JsonNode json, String field, double min, double max) {
    JsonNode value = json.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    double number = value.isNumber() ? value.asDouble() : Double.NaN;
    if (!(number >= min && number <= max)) {
      throw new ImportException(
          "generation_config.json: %s is %s, it must lie in [%s, %s]"
              .formatted(field, value, min, max));
    }
    return (float) number;
  }

  private static @Nullable Integer integer(JsonNode json, String field, int min, int max) {
    Float number = number(json, field, min, max);
    return number == null ? null : Math.round(number);
  }
}
