package io.weft.encoder.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.encoder.task.EmbedOptions;
import io.weft.encoder.task.EmbedTask;
import io.weft.encoder.task.HiddenStatesTask;
import io.weft.encoder.task.PoolingMode;
import io.weft.encoder.testing.Goldens;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.testing.TinyEncoders;
import io.weft.runtime.model.ModelFolder;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Encoders that declare other inputs and outputs than a plain BERT, against transformers. */
class EveryEncoderTest {
  /** Of values up to 4. */
  private static final Offset<Float> FP32 = Offset.offset(1e-4f);

  @TempDir Path models;

  @ParameterizedTest
  @CsvSource({
    "bert, fill, false",
    "bert, classify, true",
    "distilbert, plain, false",
    "electra, tag, false",
    "modernbert, plain, false",
    "modernbert, fill, false",
    "mpnet, plain, true",
    "roberta, plain, true",
    "roberta, fill, false",
    "xlm-roberta, answer, false"
  })
  void givesTheStatesOfTransformers(String architecture, String name, boolean pooler) {
    ModelFolder folder = TinyEncoders.importModel(architecture, name, models, Dtype.FP32);
    List<TinyEncoders.Case> goldens = TinyEncoders.goldens(architecture, name);
    try (EncoderModel model = EncoderModel.open(folder, 1, 512)) {
      WarmUp.run(model, model.limits(), 512, "fp32");
      PackedStates states = model.run(goldens.stream().map(EveryEncoderTest::sequence).toList());

      for (int i = 0; i < goldens.size(); i++) {
        HiddenStatesTask.Result result = new HiddenStatesTask().apply(states.get(i));
        float[] expected = TinyEncoders.floats(goldens.get(i).lastHiddenState());
        assertThat(Goldens.floats(result.lastHiddenState())).containsExactly(expected, FP32);
        assertThat(mean(states.get(i))).containsExactly(mean(expected), FP32);
        if (pooler) {
          assertThat(Goldens.floats(result.poolerOutput()))
              .containsExactly(TinyEncoders.floats(goldens.get(i).poolerOutput()), FP32);
        } else {
          assertThat(result.poolerOutput()).isNull();
        }
      }
    }
  }

  private static TokenSequence sequence(TinyEncoders.Case golden) {
    return new TokenSequence(
        golden.ids().stream().mapToInt(i -> i).toArray(),
        golden.typeIds().stream().mapToInt(i -> i).toArray());
  }

  private static float[] mean(SequenceStates states) {
    return new EmbedTask(new EmbedOptions(PoolingMode.MEAN, false, 32)).apply(states);
  }

  private static float[] mean(float[] states) {
    float[] mean = new float[32];
    for (int i = 0; i < states.length; i++) {
      mean[i % 32] += states[i] / (states.length / 32);
    }
    return mean;
  }
}
