package io.weft.tokenizer.real;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.tokenizer.encode.EncodeOptions;
import io.weft.tokenizer.encode.TextItem;
import io.weft.tokenizer.encode.TokenFields;
import io.weft.tokenizer.model.TokenizerModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * Tokenizers rebuilt from GGUF metadata against llama.cpp's own vectors: texts in a {@code .inp}
 * file, between lines {@code __ggml_vocab_test__}, and the ids of each in a line of the {@code
 * .out} file, without the special tokens that the tokenizer would add.
 */
class GgufVectorsTest {
  private static final String PREFIX = "ggml-vocab-";
  private static final String BETWEEN = "\n__ggml_vocab_test__\n";
  private static final EncodeOptions PLAIN = new EncodeOptions(false, null, TokenFields.IDS, false);

  /** All that have vectors but Gemma 4, whose kind of tokenizer the importer does not read. */
  static final List<String> NAMES =
      List.of(
          "bert-bge",
          "command-r",
          "deepseek-coder",
          "deepseek-llm",
          "falcon",
          "gpt-2",
          "llama-bpe",
          "llama-spm",
          "mpt",
          "phi-3",
          "qwen2",
          "qwen35",
          "refact",
          "starcoder");

  @TempDir static Path root;

  @ParameterizedTest
  @FieldSource("NAMES")
  void agreesWithLlamaCpp(String name) throws IOException {
    Path gguf = Assets.folder("llama-cpp").resolve(PREFIX + name + ".gguf");
    String[] texts =
        Files.readString(gguf.resolveSibling(gguf.getFileName() + ".inp")).split(BETWEEN, -1);
    List<String> ids = Files.readAllLines(gguf.resolveSibling(gguf.getFileName() + ".out"));
    // The last text ends with the mark.
    assertThat(ids).hasSizeGreaterThan(30).hasSize(texts.length - 1);
    try (TokenizerModel model = RealTokenizers.gguf(gguf, name, root)) {
      for (int i = 0; i < ids.size(); i++) {
        int[] actual = encode(model, texts[i]);
        assertThat(actual).as("text %d: %s", i, texts[i]).isEqualTo(ints(ids.get(i)));
        Streams.check(model.vocabulary(), actual, true, texts[i]);
        Streams.check(model.vocabulary(), actual, false, texts[i]);
      }
    }
  }

  @Test
  void coversAllVectorsThereAre() {
    List<String> there =
        Assets.names(Assets.folder("llama-cpp"), ".gguf.inp").stream()
            .map(name -> name.substring(PREFIX.length()))
            .filter(name -> !name.equals("gemma-4"))
            .toList();

    assertThat(there).isEqualTo(NAMES);
  }

  private static int[] encode(TokenizerModel model, String text) {
    return model.encoder().encode(new TextItem(text, null), PLAIN, tokens -> {}).tokens().ids();
  }

  private static int[] ints(String line) {
    String ids = line.strip();
    return ids.isEmpty()
        ? new int[0]
        : Arrays.stream(ids.split(" +")).mapToInt(Integer::parseInt).toArray();
  }
}
