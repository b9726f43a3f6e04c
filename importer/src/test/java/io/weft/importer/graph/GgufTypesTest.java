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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * GGUF files of every tensor type, imported as floats, against transformers with the weights that
 * gguf-py reads from them.
 */
class GgufTypesTest {
  @TempDir Path temp;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "f16", "bf16", "q4_0", "q4_1", "q5_0", "q5_1", "q8_0", "q4_k", "q5_k", "q6_k",
      })
  void floatsOfAnyTypeGiveTheLogitsOfTransformers(String type) throws Exception {
    Path gguf = TinyCheckpoints.llamaGguf(temp, type);
    ModelFolder folder =
        Importer.importCheckpoint(
                ImportOptions.of(gguf, temp.resolve("models")).withDtype(Dtype.FP32))
            .folder();

    for (Prompt prompt : TinyCheckpoints.llamaGgufGoldens(type)) {
      float[][] logits = Runs.logits(folder, prompt.ids());
      check(logits[prompt.middle()], prompt.middleLogits());
      check(logits[prompt.ids().size() - 1], prompt.lastLogits());
      assertThat(Runs.greedy(folder, prompt.ids(), prompt.greedy().size()))
          .isEqualTo(prompt.greedy());
    }
  }

  /** Within 1e-4 of the reference, relative to its largest value. */
  private static void check(float[] logits, List<Float> reference) {
    float scale = 0;
    for (float value : reference) {
      scale = Math.max(scale, Math.abs(value));
    }
    float[] expected = new float[reference.size()];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = reference.get(i);
    }
    assertThat(logits).containsExactly(expected, Offset.offset(1e-4f * scale));
  }
}
