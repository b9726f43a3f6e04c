package io.weft.importer.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.importer.error.ImportException;

/** Reads {@code config.json} into an {@link Architecture}. */
final class HuggingFaceConfig {
  private HuggingFaceConfig() {}

  /**
   * @param json the content of config.json
   * @param maxSequence longest sequence that the checkpoint was tuned for, 0 without such a limit
   */
  static Architecture read(JsonNode json, int maxSequence) {
    ConfigJson config = new ConfigJson(json);
    String type = config.text("model_type", "");
    return switch (type) {
      case "llama" -> LlamaConfigs.read(config);
      case "bert" -> BertConfigs.read(config, maxSequence);
      case "t5", "mt5" -> T5Configs.read(config);
      default ->
          throw new ImportException(
              "config.json: model_type '%s' is not supported; supported: bert, llama, mt5, t5"
                  .formatted(type));
    };
  }
}
