package io.weft.importer.checkpoint;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.file.Path;

/** Tokenizers of checkpoints without weights, which no other test has a use for. */
public final class OnlyTokenizers {
  private OnlyTokenizers() {}

  /** Writes the {@code tokenizer.json} of a GGUF file that holds a vocabulary and no tensors. */
  public static void gguf(Path file, int vocabularySize, Path target) {
    try (MappedFile mapped = MappedFile.open(file)) {
      GgufTokenizer.read(Gguf.parse(mapped).metadata(), vocabularySize).writer().write(target);
    }
  }

  /** Tokens in the vocabulary of a GGUF file. */
  public static int ggufVocabularySize(Path file) {
    try (MappedFile mapped = MappedFile.open(file)) {
      return Gguf.parse(mapped)
          .metadata()
          .strings("tokenizer.ggml.tokens", Limits.VOCABULARY)
          .size();
    }
  }

  /** Writes the {@code tokenizer.json} of a folder that holds a tokenizer's files and no model. */
  public static void folder(Path folder, String modelType, int vocabularySize, Path target) {
    HuggingFaceTokenizer.read(
            folder,
            JsonNodeFactory.instance.objectNode().put("model_type", modelType),
            vocabularySize,
            false)
        .writer()
        .write(target);
  }
}
