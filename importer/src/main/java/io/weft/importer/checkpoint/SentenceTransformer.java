package io.weft.importer.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.importer.error.ImportException;
import io.weft.runtime.model.ModelManifest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The files that the sentence-transformers library puts beside an encoder. A folder without them is
 * treated as that library does: mean pooling, no normalisation.
 *
 * @param pooling how token vectors become one
 * @param maxSequence longest sequence in tokens, 0 without a limit of its own
 */
record SentenceTransformer(ModelManifest.PoolingSpec pooling, int maxSequence) {
  private static final String PREFIX = "pooling_mode_";
  private static final Map<String, String> MODES =
      Map.of(
          "cls_token", "cls",
          "mean_tokens", "mean",
          "max_tokens", "max",
          "lasttoken", "last_token",
          "weightedmean_tokens", "weighted_mean");

  static SentenceTransformer read(Path folder) {
    JsonNode limit =
        JsonFiles.readIfThere(folder.resolve("sentence_bert_config.json")).path("max_seq_length");
    if (!limit.isMissingNode()
        && !limit.isNull()
        && (!limit.isInt() || limit.asInt() < 1 || limit.asInt() > Limits.CONTEXT)) {
      throw new ImportException(
          "sentence_bert_config.json: max_seq_length is %s, it must lie in [1, %,d]"
              .formatted(limit, Limits.CONTEXT));
    }
    return new SentenceTransformer(
        new ModelManifest.PoolingSpec(mode(folder), normalizes(folder)), limit.asInt(0));
  }

  private static String mode(Path folder) {
    Path file = folder.resolve("1_Pooling").resolve("config.json");
    if (!Files.isRegularFile(file)) {
      return "mean";
    }
    List<String> modes = new ArrayList<>();
    JsonFiles.read(file)
        .properties()
        .forEach(
            field -> {
              if (field.getKey().startsWith(PREFIX) && field.getValue().asBoolean(false)) {
                modes.add(field.getKey().substring(PREFIX.length()));
              }
            });
    String mode = modes.size() == 1 ? MODES.get(modes.getFirst()) : null;
    if (mode == null) {
      throw new ImportException(
          "1_Pooling/config.json asks for %s, supported is one of %s"
              .formatted(modes, MODES.keySet().stream().sorted().toList()));
    }
    return mode;
  }

  private static boolean normalizes(Path folder) {
    Path file = folder.resolve("modules.json");
    if (!Files.isRegularFile(file)) {
      return false;
    }
    boolean normalizes = false;
    for (JsonNode module : JsonFiles.readArray(file)) {
      String type = module.path("type").asText("");
      String simple = type.substring(type.lastIndexOf('.') + 1);
      switch (simple) {
        case "Transformer", "Pooling" -> {}
        case "Normalize" -> normalizes = true;
        default ->
            throw new ImportException(
                "modules.json: module '%s' is not supported; supported: Transformer, Pooling, Normalize"
                    .formatted(type));
      }
    }
    return normalizes;
  }
}
