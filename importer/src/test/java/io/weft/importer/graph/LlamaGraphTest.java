package io.weft.importer.graph;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.importer.ImportOptions;
import io.weft.importer.Importer;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.importer.testing.TinyCheckpoints.Prompt;
import io.weft.runtime.model.ModelFolder;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

  @ParameterizedTest
  @ValueSource(strings = {"q8_0", "q4_1"})
  void quantisedGgufInFloatsKeepsItsWeightsExactly(String type) throws Exception {
    check(importGguf(type, Dtype.FP32), TinyCheckpoints.llamaGgufGoldens(type));
  }

  @ParameterizedTest
  @CsvSource({"INT8, 0.002", "INT4, 0.25"})
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

  private static float[] array(List<Float> list) {
    float[] array = new float[list.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = list.get(i);
    }
    return array;
  }
}
