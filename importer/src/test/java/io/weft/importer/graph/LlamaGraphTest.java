package io.weft.importer.graph;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.importer.ImportOptions;
import io.weft.importer.Importer;
import io.weft.importer.SafetensorsBuilder;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.importer.testing.TinyCheckpoints.Prompt;
import io.weft.runtime.model.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Written Llama graphs against transformers with the same weights. */
class LlamaGraphTest {
  private static final Offset<Float> CLOSE = Offset.offset(1e-4f);

  @TempDir Path temp;

  @Test
  void safetensorsGiveTheLogitsOfTransformers() throws Exception {
    ModelFolder folder = TinyCheckpoints.importLlama(temp, Dtype.FP32);

    check(folder, TinyCheckpoints.llamaGoldens().prompts());
  }

  @Test
  void ggufInFloatsGivesTheSameLogitsAsSafetensors() throws Exception {
    check(importGguf("f32", Dtype.FP32), TinyCheckpoints.llamaGoldens().prompts());
  }

  @Test
  void aRaggedBatchAndChunksGiveTheSameTokens() throws Exception {
    ModelFolder folder = TinyCheckpoints.importLlama(temp, Dtype.FP32);
    List<Prompt> prompts = TinyCheckpoints.llamaGoldens().prompts();

    try (DecoderRun run = DecoderRun.open(folder, prompts.size(), 64)) {
      for (int chunk : new int[] {1, 3, 64}) {
        assertThat(run.greedy(prompts.stream().map(Prompt::ids).toList(), chunk, 16))
            .isEqualTo(prompts.stream().map(Prompt::greedy).toList());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"INT8, 0.002", "W8A8, 0.005", "INT4, 0.25"})
  void quantisedGraphsStayClose(Dtype dtype, double limit) throws Exception {
    ModelFolder folder = TinyCheckpoints.importLlama(temp, dtype);

    double divergence = 0;
    List<Prompt> prompts = TinyCheckpoints.llamaGoldens().prompts();
    for (Prompt prompt : prompts) {
      float[][] logits = Runs.logits(folder, prompt.ids());
      divergence += divergence(prompt.middleLogits(), logits[prompt.middle()]);
      divergence += divergence(prompt.lastLogits(), logits[prompt.ids().size() - 1]);
    }
    assertThat(divergence / (2 * prompts.size())).isLessThan(limit).isNotZero();
  }

  /** Rows of 48 and 80 values end in the middle of a block of 32. */
  @Test
  void widthsMayEndInTheMiddleOfABlock() throws Exception {
    Path folder = smallLlama(true);
    List<Integer> ids = TinyCheckpoints.llamaGoldens().prompts().getFirst().ids();

    float[][] exact = Runs.logits(importAs(folder, "fp32", Dtype.FP32), ids);
    for (Dtype dtype : List.of(Dtype.INT8, Dtype.W8A8, Dtype.INT4)) {
      float[][] logits = Runs.logits(importAs(folder, dtype.toString(), dtype), ids);
      for (int i = 0; i < exact.length; i++) {
        double limit = dtype == Dtype.INT4 ? 0.05 : 0.001;
        assertThat(divergence(list(exact[i]), logits[i])).isBetween(1e-12, limit);
      }
    }
  }

  @Test
  void aHeadOfItsOwnIsUsed() throws Exception {
    List<Integer> ids = TinyCheckpoints.llamaGoldens().prompts().getFirst().ids();
    Path untied = smallLlama(false);
    for (Dtype dtype : Dtype.values()) {
      float[][] logits = Runs.logits(importAs(untied, "untied-" + dtype, dtype), ids);
      // The same weights before the head, so only another head can make a difference.
      float[][] tied = Runs.logits(importAs(smallLlama(true), "tied-" + dtype, dtype), ids);
      assertThat(divergence(list(tied[0]), logits[0])).isGreaterThan(0.01);
    }
  }

  /** As transformers takes it since version 5. */
  @Test
  void aHeadThatDiffersFromTheTableIsUsedThoughTheConfigurationTiesIt() throws Exception {
    List<Integer> ids = TinyCheckpoints.llamaGoldens().prompts().getFirst().ids();
    Path folder = smallLlama(false);
    float[][] logits = Runs.logits(importAs(folder, "untied", Dtype.FP32), ids);
    setTied(folder, true);

    assertThat(Runs.logits(importAs(folder, "tied", Dtype.FP32), ids)).isDeepEqualTo(logits);
  }

  private static void setTied(Path folder, boolean tied) throws IOException {
    Path config = folder.resolve("config.json");
    Files.writeString(
        config,
        Files.readString(config)
            .replace("\"tie_word_embeddings\": " + !tied, "\"tie_word_embeddings\": " + tied));
  }

  private ModelFolder importAs(Path folder, String name, Dtype dtype) {
    return Importer.importCheckpoint(
            ImportOptions.of(folder, temp.resolve("models")).withName(name).withDtype(dtype))
        .folder();
  }

  /** A Llama with random weights, hidden size 48, 3 heads over 1. */
  private Path smallLlama(boolean tied) throws IOException {
    Path folder = TinyCheckpoints.llama(Files.createTempDirectory(temp, "small"));
    SafetensorsBuilder builder = new SafetensorsBuilder(false).llama(320, 48, 80, 2, 16);
    if (!tied) {
      builder.tensor("lm_head.weight", 320, 48);
    }
    Files.delete(folder.resolve("model.safetensors"));
    builder.write(folder.resolve("model.safetensors"));
    String config = Files.readString(folder.resolve("config.json"));
    Files.writeString(
        folder.resolve("config.json"),
        config
            .replace("\"hidden_size\": 64", "\"hidden_size\": 48")
            .replace("\"intermediate_size\": 96", "\"intermediate_size\": 80")
            .replace("\"num_attention_heads\": 4", "\"num_attention_heads\": 3")
            .replace("\"num_key_value_heads\": 2", "\"num_key_value_heads\": 1")
            .replace("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": " + tied));
    return folder;
  }

  private ModelFolder importGguf(String type, Dtype dtype) {
    return Importer.importCheckpoint(
            ImportOptions.of(TinyCheckpoints.llamaGguf(temp, type), temp.resolve("models"))
                .withDtype(dtype))
        .folder();
  }

  private static void check(ModelFolder folder, List<Prompt> prompts) throws Exception {
    for (Prompt prompt : prompts) {
      float[][] logits = Runs.logits(folder, prompt.ids());
      assertThat(logits[prompt.middle()]).containsExactly(array(prompt.middleLogits()), CLOSE);
      assertThat(logits[prompt.ids().size() - 1])
          .containsExactly(array(prompt.lastLogits()), CLOSE);
      assertThat(Runs.greedy(folder, prompt.ids(), prompt.greedy().size()))
          .isEqualTo(prompt.greedy());
    }
  }

  /** Kullback-Leibler divergence in nats of what {@code logits} predict from the reference. */
  private static double divergence(List<Float> reference, float[] logits) {
    double[] p = softmax(array(reference));
    double[] q = softmax(logits);
    double sum = 0;
    for (int i = 0; i < p.length; i++) {
      sum += p[i] * Math.log(p[i] / q[i]);
    }
    return sum;
  }

  private static double[] softmax(float[] logits) {
    double[] exponentials = new double[logits.length];
    double sum = 0;
    for (int i = 0; i < logits.length; i++) {
      exponentials[i] = Math.exp(logits[i]);
      sum += exponentials[i];
    }
    for (int i = 0; i < logits.length; i++) {
      exponentials[i] /= sum;
    }
    return exponentials;
  }

  private static List<Float> list(float[] array) {
    List<Float> list = new ArrayList<>();
    for (float value : array) {
      list.add(value);
    }
    return list;
  }

  private static float[] array(List<Float> list) {
    float[] array = new float[list.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = list.get(i);
    }
    return array;
  }
}
