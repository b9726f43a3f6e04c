package io.weft.tokenizer.real;

import io.weft.importer.checkpoint.OnlyTokenizers;
import io.weft.tokenizer.model.TestModels;
import io.weft.tokenizer.model.TokenizerModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Loads published tokenizers as the service does, proof of every id included. Those that come
 * without a {@code tokenizer.json} go through the importer, as in a model folder.
 */
final class RealTokenizers {
  static final List<String> NAMES =
      List.of("gpt2", "bert-cased", "bert-uncased", "qwen3", "xlm-roberta", "unigram-32k");

  private RealTokenizers() {}

  /** The tokenizer, in a model folder below {@code root}. */
  static TokenizerModel load(String name, Path root) {
    Path assets = Assets.folder(name);
    return switch (name) {
      case "gpt2" -> gpt2(assets, root);
      case "unigram-32k" -> unigram(assets, root);
      case "bert-cased" -> published(assets, root, name, 28_996);
      case "bert-uncased" -> published(assets, root, name, 30_522);
      case "qwen3" -> published(assets, root, name, 151_936);
      case "xlm-roberta" -> published(assets, root, name, 250_037);
      default -> throw new IllegalArgumentException(name);
    };
  }

  /** The tokenizer in a GGUF file without tensors. */
  static TokenizerModel gguf(Path file, String name, Path root) {
    int size = OnlyTokenizers.ggufVocabularySize(file);
    Path folder = TestModels.write(root, name, size, TestModels.NO_TOKENS);
    OnlyTokenizers.gguf(file, size, folder.resolve("tokenizer.json"));
    return TestModels.load(folder);
  }

  private static TokenizerModel gpt2(Path assets, Path root) {
    Path source = folder(root, "gpt2-files");
    copy(assets.resolve("encoder.json"), source.resolve("vocab.json"));
    copy(assets.resolve("vocab.bpe"), source.resolve("merges.txt"));
    return imported(source, "gpt2", 50_257, root);
  }

  private static TokenizerModel unigram(Path assets, Path root) {
    Path source = folder(root, "unigram-files");
    copy(assets.resolve("spm_32k.model"), source.resolve("spiece.model"));
    try {
      Files.writeString(source.resolve("tokenizer_config.json"), "{\"extra_ids\": 0}");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return imported(source, "t5", 32_000, root);
  }

  private static TokenizerModel imported(Path source, String modelType, int size, Path root) {
    Path folder = TestModels.write(root, modelType, size, TestModels.NO_TOKENS);
    OnlyTokenizers.folder(source, modelType, size, folder.resolve("tokenizer.json"));
    return TestModels.load(folder);
  }

  private static TokenizerModel published(Path assets, Path root, String name, int size) {
    Path folder = TestModels.write(root, name, size, TestModels.NO_TOKENS);
    copy(assets.resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
    return TestModels.load(folder);
  }

  private static Path folder(Path root, String name) {
    try {
      return Files.createDirectories(root.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void copy(Path source, Path target) {
    try {
      Files.copy(source, target);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
