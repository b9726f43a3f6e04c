package io.weft.importer.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.importer.error.ImportException;
import io.weft.runtime.model.ModelManifest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The files that the sentence-transformers library puts beside an encoder, as its versions up to 5
 * write them. A folder without them is treated as that library does: mean pooling, no
 * normalisation.
 *
 * @param pooling how token vectors become one
 * @param maxSequence longest sequence in tokens, 0 without a limit of its own
 */
record SentenceTransformer(ModelManifest.PoolingSpec pooling, int maxSequence) {
  private static final String SETTINGS = "sentence_bert_config.json";
  private static final String PROMPTS = "config_sentence_transformers.json";
  private static final String POOLING = "1_Pooling";
  private static final String PREFIX = "pooling_mode_";

  /** The manifest's name of each pooling mode, by the names of older and newer files. */
  private static final Map<String, String> MODES =
      Map.of(
          "cls_token", "cls",
          "mean_tokens", "mean",
          "max_tokens", "max",
          "lasttoken", "last_token",
          "weightedmean_tokens", "weighted_mean",
          "cls", "cls",
          "mean", "mean",
          "max", "max",
          "weightedmean", "weighted_mean");

  static SentenceTransformer read(Path folder) {
    JsonNode settings = JsonFiles.readIfThere(folder.resolve(SETTINGS));
    checkCase(folder, settings);
    checkPrompt(folder);
    Modules modules = modules(folder);
    return new SentenceTransformer(
        new ModelManifest.PoolingSpec(mode(folder, modules), modules.normalize),
        maxSequence(folder, settings));
  }

  /** The library puts lower case before a tokenizer that lacks it; that is not done here. */
  private static void checkCase(Path folder, JsonNode settings) {
    if (settings.path("do_lower_case").asBoolean(false)
        && !TokenizerFile.lowercases(folder.resolve("tokenizer.json"))) {
      throw new ImportException(
          SETTINGS
              + ": do_lower_case is true but the normalizer in tokenizer.json keeps upper case;"
              + " supported: a tokenizer that makes text lower case itself");
    }
  }

  /** The library puts a default prompt before every text; model folders hold no prompts. */
  private static void checkPrompt(Path folder) {
    JsonNode config = JsonFiles.readIfThere(folder.resolve(PROMPTS));
    String name = config.path("default_prompt_name").asText("");
    if (!name.isEmpty() && !config.path("prompts").path(name).asText("").isEmpty()) {
      throw new ImportException(
          "%s: default_prompt_name is '%s', whose prompt would have to stand before every text; supported: none, with the prompt put before texts by whoever sends them"
              .formatted(PROMPTS, name));
    }
  }

  /** From the settings; newer ones leave it to the tokenizer's. */
  private static int maxSequence(Path folder, JsonNode settings) {
    JsonNode limit = settings.path("max_seq_length");
    if (limit.isMissingNode() || limit.isNull()) {
      JsonNode tokenizer = JsonFiles.readIfThere(folder.resolve("tokenizer_config.json"));
      int ofTokenizer = tokenizer.path("model_max_length").asInt(0);
      return settings.isObject() && ofTokenizer <= Limits.CONTEXT ? Math.max(0, ofTokenizer) : 0;
    }
    if (!limit.isInt() || limit.asInt() < 1 || limit.asInt() > Limits.CONTEXT) {
      throw new ImportException(
          "%s: max_seq_length is %s, it must lie in [1, %,d]"
              .formatted(SETTINGS, limit, Limits.CONTEXT));
    }
    return limit.asInt();
  }

  private static String mode(Path folder, Modules modules) {
    String name = modules.pooling == null ? POOLING : modules.pooling;
    Path file = folder.resolve(name).resolve("config.json");
    if (!Files.isRegularFile(file)) {
      if (modules.pooling != null) {
        throw new ImportException(
            "modules.json names the module %s, but %s is missing".formatted(name, file));
      }
      return "mean";
    }
    JsonNode config = JsonFiles.read(file);
    List<String> modes = new ArrayList<>();
    JsonNode newer = config.path("pooling_mode");
    if (newer.isTextual()) {
      modes.add(newer.asText());
    }
    newer.forEach(mode -> modes.add(mode.asText("")));
    config
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
          "%s/config.json asks for %s, supported is one of %s"
              .formatted(name, modes, MODES.keySet().stream().sorted().toList()));
    }
    return mode;
  }

  /**
   * What is done with an encoder's states. A cross-encoder has one module, the encoder itself.
   *
   * @param pooling the folder of the pooling module; null where none is named
   */
  private record Modules(@Nullable String pooling, boolean normalize) {}

  private static Modules modules(Path folder) {
    Path file = folder.resolve("modules.json");
    String pooling = null;
    boolean normalize = false;
    if (!Files.isRegularFile(file)) {
      return new Modules(pooling, normalize);
    }
    for (JsonNode module : JsonFiles.readArray(file)) {
      String type = module.path("type").asText("");
      String path = module.path("path").asText("");
      switch (type.substring(type.lastIndexOf('.') + 1)) {
        case "Transformer" -> {}
        case "Pooling" -> pooling = path.isEmpty() ? POOLING : checked(path);
        case "Normalize" -> normalize = true;
        default ->
            throw new ImportException(
                ("modules.json: module '%s' of type '%s' is not supported; supported: Transformer,"
                        + " Pooling, Normalize")
                    .formatted(path, type));
      }
    }
    return new Modules(pooling, normalize);
  }

  private static String checked(String path) {
    if (!path.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
      throw new ImportException(
          "modules.json names the folder '%s', which is refused".formatted(path));
    }
    return path;
  }
}
