package io.weft.importer.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.weft.importer.ImportOptions;
import io.weft.importer.Importer;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.quantize.Quantization;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.runtime.model.Family;
import io.weft.runtime.model.ModelFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The decoder architectures against transformers with the same weights; goldens by {@code
 * e2e/goldens/tiny_decoders.py} and {@code tiny_gemma.py}.
 */
class DecodersTest {
  private static final int GREEDY_TOKENS = 32;

  /** Tokens that a sequence's cache holds. */
  private static final int CAPACITY = 100;

  @TempDir Path temp;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama3",
        "mistral",
        "qwen2",
        "qwen3",
        "qwen3-window",
        "phi3",
        "phi3-long",
        "gemma",
        "gemma2",
        "gemma3",
        "gemma3-vision",
        "gpt2",
        "gpt2-bare",
        "pythia",
        "neox-sequential",
        "neox-wide",
        "gguf-llama3",
        "gguf-qwen2",
        "gguf-qwen3",
        "gguf-phi3",
        "gguf-phi3-long",
        "gguf-gemma",
        "gguf-gemma2",
        "gguf-gemma3",
        "gguf-gpt2",
        "gguf-pythia"
      })
  void giveTheLogitsAndTokensOfTransformers(String name) throws Exception {
    ModelFolder folder = importAs(name, Dtype.FP32);
    List<Prompt> prompts = goldens(name);
    List<List<Integer>> ids = prompts.stream().map(Prompt::ids).toList();
    List<List<Integer>> expected = prompts.stream().map(Prompt::greedy).toList();

    try (DecoderRun run = DecoderRun.open(folder, prompts.size(), CAPACITY)) {
      for (int chunk : List.of(1_000, 5)) {
        for (int row = 0; row < prompts.size(); row++) {
          check(prompts.get(row), run.prefill(row, ids.get(row), chunk));
        }
        assertThat(run.greedy(ids, chunk, GREEDY_TOKENS)).isEqualTo(expected);
      }
    }
    for (Prompt prompt : prompts) {
      try (DecoderRun alone = DecoderRun.open(folder, 1, CAPACITY)) {
        assertThat(alone.greedy(List.of(prompt.ids), 1_000, GREEDY_TOKENS))
            .containsExactly(prompt.greedy);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama3",
        "mistral",
        "qwen2",
        "qwen3",
        "qwen3-window",
        "phi3",
        "gemma",
        "gemma2",
        "gemma3",
        "gpt2",
        "pythia"
      })
  void aPromptRunsBesideRowsAsItDoesAlone(String name) throws Exception {
    List<Prompt> prompts = goldens(name);
    List<Prompt> rows = prompts.subList(0, prompts.size() - 1);
    List<Integer> ids = prompts.getLast().ids;
    float[][] logits = new float[ids.size()][];
    try (DecoderRun run = DecoderRun.open(importAs(name, Dtype.FP32), prompts.size(), CAPACITY)) {
      for (int row = 0; row < rows.size(); row++) {
        run.prefill(row, rows.get(row).ids, 1_000);
      }
      for (int step = 0; 3 * step < ids.size(); step++) {
        int at = step;
        List<Integer> part = ids.subList(3 * step, Math.min(ids.size(), 3 * step + 3));
        float[][] some =
            run.decodeBeside(
                rows.stream().map(prompt -> prompt.greedy.get(at)).toList(), rows.size(), part);
        System.arraycopy(some, rows.size(), logits, 3 * step, part.size());
        for (int row = 0; row < rows.size(); row++) {
          assertThat(DecoderRun.best(some[row])).isEqualTo(rows.get(row).greedy.get(step + 1));
        }
      }
    }
    check(prompts.getLast(), logits);
  }

  /** In every format of weights and caches. */
  @ParameterizedTest
  @CsvSource({"FP16, FP16", "W8A8, FP32", "INT4, FP32", "FP32, INT8", "W8A8, INT8"})
  void aPartComesOutTheSameBesideRows(Dtype dtype, Dtype cache) throws Exception {
    ModelFolder folder = importAs("qwen3", Quantization.of(dtype).withKvCache(cache));
    List<Integer> ids = goldens("qwen3").getFirst().ids;
    float[][] alone;
    float[] row;
    try (DecoderRun run = DecoderRun.open(folder, 2, CAPACITY)) {
      alone = run.prefill(1, ids, 1_000);
      run.prefill(0, ids.subList(0, 3), 1_000);
      row = run.decode(List.of(7, 5))[0];
    }
    try (DecoderRun run = DecoderRun.open(folder, 2, CAPACITY)) {
      run.prefill(0, ids.subList(0, 3), 1_000);
      float[][] some = run.decodeBeside(List.of(7), 1, ids);
      assertThat(DecoderRun.best(some[0])).isEqualTo(DecoderRun.best(row));
      for (int i = 0; i < ids.size(); i++) {
        assertThat(cosine(alone[i], some[1 + i])).isGreaterThan(0.9999);
      }
    }
  }

  private static void check(Prompt prompt, float[][] logits) {
    float scale = 0;
    for (List<Float> row : prompt.logits) {
      for (float value : row) {
        scale = Math.max(scale, Math.abs(value));
      }
    }
    for (int i = 0; i < prompt.positions.size(); i++) {
      float[] row = logits[prompt.positions.get(i)];
      for (int token = 0; token < row.length; token++) {
        assertThat(row[token]).isCloseTo(prompt.logits.get(i).get(token), within(1e-4f * scale));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "qwen2, INT8, 0.997",
    "qwen3, INT8, 0.997",
    "phi3, INT8, 0.997",
    "gemma, INT8, 0.997",
    "gemma2, INT8, 0.997",
    "gemma3, INT8, 0.997",
    "gpt2, INT8, 0.997",
    "pythia, INT8, 0.997",
    "qwen2, W8A8, 0.99",
    "qwen3, W8A8, 0.99",
    "phi3, W8A8, 0.99",
    "gemma, W8A8, 0.99",
    "gemma2, W8A8, 0.99",
    "gemma3, W8A8, 0.99",
    "gpt2, W8A8, 0.99",
    "pythia, W8A8, 0.99",
    "qwen2, INT4, 0.93",
    "qwen3, INT4, 0.93",
    "phi3, INT4, 0.93",
    "gemma, INT4, 0.93",
    "gemma2, INT4, 0.93",
    "gemma3, INT4, 0.93",
    "gpt2, INT4, 0.93",
    "pythia, INT4, 0.93"
  })
  void quantisedStayClose(String name, Dtype dtype, double lowest) throws Exception {
    ModelFolder folder = importAs(name, dtype);
    try (DecoderRun run = DecoderRun.open(folder, 1, CAPACITY)) {
      for (Prompt prompt : goldens(name)) {
        float[][] logits = run.prefill(0, prompt.ids, 1_000);
        for (int i = 0; i < prompt.positions.size(); i++) {
          assertThat(cosine(prompt.logits.get(i), logits[prompt.positions.get(i)]))
              .isBetween(lowest, 1 - 1e-9);
        }
      }
    }
  }

  /** Products of integers are exact, and each token has a step of its own. */
  @Test
  void inW8A8ATokenComesOutTheSameInAnyCompany() throws Exception {
    ModelFolder folder = importAs("qwen2", Dtype.W8A8);
    List<Prompt> prompts = goldens("qwen2");
    List<Integer> ids = prompts.getFirst().ids;
    float[] alone;
    try (DecoderRun run = DecoderRun.open(folder, 1, CAPACITY)) {
      run.prefill(0, ids, 1_000);
      alone = run.decode(List.of(7))[0];
    }
    try (DecoderRun run = DecoderRun.open(folder, 3, CAPACITY)) {
      for (int row = 0; row < 3; row++) {
        run.prefill(row, row == 1 ? ids : prompts.getLast().ids.subList(0, 2 + row), 1_000);
      }
      assertThat(run.decode(List.of(3, 7, 11))[1]).isEqualTo(alone);
    }
  }

  /** Weights, activations and caches in 16 bits; logits within 1 % of the largest. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama3", "mistral", "qwen2", "qwen3", "phi3", "gemma", "gemma2", "gemma3", "gpt2", "pythia"
      })
  void halvesStayClose(String name) throws Exception {
    try (DecoderRun run = DecoderRun.open(importAs(name, Dtype.FP16), 1, CAPACITY)) {
      for (Prompt prompt : goldens(name)) {
        float[][] logits = run.prefill(0, prompt.ids, 5);
        for (int i = 0; i < prompt.positions.size(); i++) {
          float scale = 0;
          for (float value : prompt.logits.get(i)) {
            scale = Math.max(scale, Math.abs(value));
          }
          float[] row = logits[prompt.positions.get(i)];
          for (int token = 0; token < row.length; token++) {
            assertThat(row[token])
                .isCloseTo(prompt.logits.get(i).get(token), within(1e-2f * scale));
          }
        }
      }
    }
  }

  @Test
  void theManifestNamesTheArchitecture() {
    ModelFolder folder = importAs("mistral", Dtype.FP32);

    assertThat(folder.manifest().architecture()).isEqualTo("mistral");
    assertThat(folder.manifest().family()).isEqualTo(Family.DECODER);
    assertThat(folder.manifest().headSize()).isEqualTo(32);
  }

  /** Beyond its original context LongRoPE has other frequencies, which a cache cannot change to. */
  @Test
  void longRopeEndsAtTheOriginalContext() {
    for (String name : List.of("phi3-long", "gguf-phi3-long")) {
      assertThat(importAs(name, Dtype.FP32).manifest().contextLength()).isEqualTo(100);
    }
  }

  private ModelFolder importAs(String name, Quantization quantization) {
    return Importer.importCheckpoint(
            new ImportOptions(
                TinyCheckpoints.checkpoint("tiny-" + name, temp),
                temp.resolve("models"),
                name,
                quantization,
                null,
                false))
        .folder();
  }

  private ModelFolder importAs(String name, Dtype dtype) {
    if (!name.startsWith("gguf-")) {
      return TinyCheckpoints.importCheckpoint("tiny-" + name, temp, dtype);
    }
    Path file = TinyCheckpoints.file("tiny-" + name + ".gguf", temp);
    return Importer.importCheckpoint(
            ImportOptions.of(file, temp.resolve("models")).withDtype(dtype))
        .folder();
  }

  private static List<Prompt> goldens(String name) {
    return TinyCheckpoints.read("tiny-" + name + "-goldens.json", Goldens.class).prompts;
  }

  private static double cosine(float[] a, float[] b) {
    List<Float> values = new ArrayList<>();
    for (float value : a) {
      values.add(value);
    }
    return cosine(values, b);
  }

  private static double cosine(List<Float> a, float[] b) {
    double product = 0;
    double squaresOfA = 0;
    double squaresOfB = 0;
    for (int i = 0; i < b.length; i++) {
      product += a.get(i) * b[i];
      squaresOfA += a.get(i) * a.get(i);
      squaresOfB += b[i] * b[i];
    }
    return product / Math.sqrt(squaresOfA * squaresOfB);
  }

  record Goldens(List<Prompt> prompts) {}

  /**
   * A prompt.
   *
   * @param positions of some of its tokens
   * @param logits [vocabulary] at each of them
   * @param greedy the tokens that follow greedily; the end of a sequence is not heeded
   */
  record Prompt(
      List<Integer> ids, List<Integer> positions, List<List<Float>> logits, List<Integer> greedy) {}
}
