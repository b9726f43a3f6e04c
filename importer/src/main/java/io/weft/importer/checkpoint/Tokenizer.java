package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import io.weft.runtime.model.ModelManifest;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a model folder says about text.
 *
 * @param chatTemplate Jinja source; null for models that do not chat
 * @param tokens the special tokens
 * @param writer puts {@code tokenizer.json} at a path; it neither truncates nor pads
 */
public record Tokenizer(
    @Nullable String chatTemplate, ModelManifest.SpecialTokens tokens, TokenizerWriter writer) {
  private static final int MAX_TEMPLATE = 1 << 20;

  public Tokenizer {
    if (chatTemplate != null && chatTemplate.length() > MAX_TEMPLATE) {
      throw new ImportException(
          "the chat template has %,d characters, the limit is %,d"
              .formatted(chatTemplate.length(), MAX_TEMPLATE));
    }
  }

  /** Writes {@code tokenizer.json} without holding it in memory. */
  @FunctionalInterface
  public interface TokenizerWriter {
    void write(Path target);
  }
}
