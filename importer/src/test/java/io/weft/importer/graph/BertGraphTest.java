package io.weft.importer.graph;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.importer.quantize.Dtype;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.importer.testing.TinyCheckpoints.Text;
import io.weft.runtime.model.ModelFolder;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Written BERT graphs against transformers with the same weights. */
class BertGraphTest {
  private final List<Text> goldens = TinyCheckpoints.bertGoldens();

  @TempDir Path temp;

  @Test
  void aPackedBatchGivesTheStatesOfTransformers() throws Exception {
    ModelFolder folder = TinyCheckpoints.importBert(temp, Dtype.FP32);

    List<float[][]> states = Runs.hiddenStates(folder, goldens.stream().map(Text::ids).toList());

    for (int i = 0; i < goldens.size(); i++) {
      List<List<Float>> expected = goldens.get(i).hidden();
      assertThat(states.get(i)).hasNumberOfRows(expected.size());
      for (int token = 0; token < expected.size(); token++) {
        for (int j = 0; j < expected.get(token).size(); j++) {
          assertThat(states.get(i)[token][j])
              .isCloseTo(expected.get(token).get(j), Offset.offset(1e-4f));
        }
      }
    }
  }

  @Test
  void aBatchGivesTheStatesOfItsSequencesAlone() throws Exception {
    ModelFolder folder = TinyCheckpoints.importBert(temp, Dtype.FP32);

    List<float[][]> together = Runs.hiddenStates(folder, goldens.stream().map(Text::ids).toList());

    for (int i = 0; i < goldens.size(); i++) {
      float[][] alone = Runs.hiddenStates(folder, List.of(goldens.get(i).ids())).getFirst();
      for (int token = 0; token < alone.length; token++) {
        assertThat(together.get(i)[token]).containsExactly(alone[token], Offset.offset(1e-5f));
      }
    }
  }

  @Test
  void eightBitStatesPointTheSameWay() throws Exception {
    ModelFolder folder = TinyCheckpoints.importBert(temp, Dtype.INT8);

    List<float[][]> states = Runs.hiddenStates(folder, goldens.stream().map(Text::ids).toList());

    for (int i = 0; i < goldens.size(); i++) {
      for (int token = 0; token < states.get(i).length; token++) {
        double cosine = cosine(states.get(i)[token], goldens.get(i).hidden().get(token));
        assertThat(cosine).isGreaterThan(0.99).isNotEqualTo(1);
      }
    }
  }

  private static double cosine(float[] a, List<Float> b) {
    double product = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      product += a[i] * b.get(i);
      aa += a[i] * a[i];
      bb += b.get(i) * b.get(i);
    }
    return product / Math.sqrt(aa * bb);
  }
}
