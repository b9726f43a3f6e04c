package io.weft.tokenizer.model;

import io.weft.runtime.model.Family;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.ModelManifest;
import io.weft.tokenizer.Goldens;
import io.weft.tokenizer.chat.TemplateLimits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Model folders of the tiny tokenizers; no graph, which the tokenizer service does not need. */
public final class TestModels {
  /** Longest sequence of every model here, in tokens. */
  public static final int CONTEXT_LENGTH = 256;

  /** Generous bounds. */
  public static final TemplateLimits LIMITS = new TemplateLimits(1 << 20, Duration.ofSeconds(10));

  /** No special tokens in the manifest. */
  public static final ModelManifest.SpecialTokens NO_TOKENS =
      new ModelManifest.SpecialTokens(null, List.of(), null, null);

  private TestModels() {}

  /** A chat model with the SmolLM2-like tokenizer. */
  public static Path chat(Path root, String name, @Nullable String template) {
    Path folder = write(root, name, 500, new ModelManifest.SpecialTokens(1, List.of(2), 2, null));
    try {
      Files.writeString(folder.resolve("tokenizer.json"), Goldens.tokenizer("smollm"));
      if (template != null) {
        Files.writeString(folder.resolve("chat_template.jinja"), template);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return folder;
  }

  /** An encoder with the MiniLM-like tokenizer. */
  public static Path encoder(Path root, String name) {
    Path folder = write(root, name, 376, new ModelManifest.SpecialTokens(null, List.of(), 0, null));
    try {
      Files.writeString(folder.resolve("tokenizer.json"), Goldens.tokenizer("minilm"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return folder;
  }

  /** A model folder with a manifest and nothing else. */
  public static Path write(
      Path root, String name, int vocabularySize, ModelManifest.SpecialTokens tokens) {
    Path folder = root.resolve(name);
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ModelFolder.writeManifest(
        folder,
        new ModelManifest(
            ModelManifest.FORMAT_VERSION,
            name,
            Family.DECODER,
            "llama",
            List.of(ModelManifest.TASK_GENERATE),
            new ModelManifest.Source("huggingface", "tiny", "00"),
            "fp32",
            null,
            vocabularySize,
            CONTEXT_LENGTH,
            64,
            2,
            2,
            2,
            32,
            tokens,
            null,
            null,
            1_700_000_000,
            List.of()));
    return folder;
  }

  /** The tokenizer of a folder, as the service loads it. */
  public static TokenizerModel load(Path folder) {
    return new TokenizerLoader(LIMITS).load(ModelFolder.open(folder));
  }
}
