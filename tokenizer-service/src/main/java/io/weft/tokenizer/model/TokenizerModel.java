package io.weft.tokenizer.model;

import io.weft.runtime.error.WeftException;
import io.weft.runtime.model.ModelManifest;
import io.weft.tokenizer.chat.ChatTemplate;
import io.weft.tokenizer.encode.NativeTokenizer;
import io.weft.tokenizer.encode.TextEncoder;
import io.weft.tokenizer.vocabulary.Vocabulary;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A loaded tokenizer. Owns its native object.
 *
 * @param manifest the model it belongs to
 * @param vocabulary its table
 * @param tokenizer its native part
 * @param template the model's chat template; null without one
 */
public record TokenizerModel(
    ModelManifest manifest,
    Vocabulary vocabulary,
    NativeTokenizer tokenizer,
    @Nullable ChatTemplate template)
    implements AutoCloseable {
  /** The name that requests give. */
  public String name() {
    return manifest.name();
  }

  /** Encodes texts of this model. */
  public TextEncoder encoder() {
    return new TextEncoder(tokenizer, manifest.contextLength());
  }

  /**
   * The chat template.
   *
   * @throws WeftException.Unsupported when the model has none
   */
  public ChatTemplate requireTemplate() {
    if (template == null) {
      throw new WeftException.Unsupported(
          "NO_CHAT_TEMPLATE",
          "model '%s' has no chat template".formatted(name()),
          Map.of("param", "model"));
    }
    return template;
  }

  /**
   * Checks that the vocabulary has an id.
   *
   * @throws WeftException.InvalidRequest when it does not
   */
  public void requireId(int id) {
    if (id < 0 || id >= vocabulary.size()) {
      throw new WeftException.InvalidRequest(
          "TOKEN_ID_OUT_OF_RANGE",
          "token id %,d is outside 0 to %,d".formatted(id, vocabulary.size() - 1),
          "ids");
    }
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
