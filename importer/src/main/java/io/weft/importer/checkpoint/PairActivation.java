package io.weft.importer.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.importer.error.ImportException;
import io.weft.runtime.model.ModelManifest;
import java.nio.file.Path;

/**
 * What a cross-encoder of the sentence-transformers library makes of its logit. It names a class of
 * PyTorch, in one of three places; the library's versions from 4 on write the first two.
 */
final class PairActivation {
  private static final String FILE = "config_sentence_transformers.json";
  private static final String FIELD = "activation_fn";
  private static final String SECTION = "sentence_transformers";
  private static final String OLD_FIELD = "sbert_ce_default_activation_function";

  private PairActivation() {}

  /**
   * Puts what {@code config_sentence_transformers.json} says, which has the last word, where {@link
   * #read} looks for it.
   */
  static void merge(Path folder, ObjectNode config) {
    JsonNode named = JsonFiles.readIfThere(folder.resolve(FILE)).path(FIELD);
    if (named.isTextual()) {
      config.putObject(SECTION).set(FIELD, named);
    }
  }

  /**
   * As the manifest has it. Where nothing is named it is a sigmoid, and so it is where the class is
   * not PyTorch's, which the library does not load unless it is told to trust the checkpoint.
   *
   * @throws ImportException for another class of PyTorch
   */
  static String read(ConfigJson config) {
    JsonNode named = config.json().path(SECTION).path(FIELD);
    String name = (named.isTextual() ? named : config.json().path(OLD_FIELD)).asText("");
    if (!name.startsWith("torch.")) {
      return ModelManifest.SIGMOID;
    }
    return switch (name.substring(name.lastIndexOf('.') + 1)) {
      case "Sigmoid" -> ModelManifest.SIGMOID;
      case "Identity" -> ModelManifest.IDENTITY;
      default ->
          throw new ImportException(
              "%s '%s' is not supported; supported: torch.nn.Sigmoid, torch.nn.Identity"
                  .formatted(FIELD, name));
    };
  }
}
