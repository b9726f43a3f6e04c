package io.weft.encoder.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.encoder.task.EmbedOptions;
import io.weft.encoder.task.EmbedTask;
import io.weft.encoder.task.PoolingMode;
import io.weft.encoder.testing.Goldens;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.importer.testing.TinyExports;
import io.weft.runtime.model.ModelFolder;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tiny BERT as torch.onnx exports it, against sentence-transformers. */
class PaddedModelTest {
  private static final Offset<Float> FP32 = Offset.offset(2e-5f);
  private static final List<Goldens.Case> CASES = Goldens.tiny().cases();
  private static final List<TokenSequence> SEQUENCES =
      CASES.stream().map(Goldens.Case::sequence).toList();

  @TempDir static Path temp;
  private static PaddedModel model;

  @BeforeAll
  static void open() {
    model = PaddedModel.open(TinyExports.importModel("model.onnx", temp), 1, 512);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  @Test
  void aBatchOfAllLengthsGivesTheStatesOfTransformers() {
    assertThat(SEQUENCES).extracting(TokenSequence::length).doesNotHaveDuplicates();
    PackedStates states = model.run(SEQUENCES);

    for (int i = 0; i < CASES.size(); i++) {
      assertThat(Goldens.floats(states.get(i).toLittleEndian()))
          .containsExactly(CASES.get(i).states(), FP32);
      assertThat(new EmbedTask(new EmbedOptions(PoolingMode.MEAN, true, 32)).apply(states.get(i)))
          .containsExactly(Goldens.floats(CASES.get(i).vectors().get("mean").normalized()), FP32);
    }
  }

  @Test
  void passesTheSelfCheck() {
    WarmUp.run(model, model.limits(), 64, "fp32");
  }

  @Test
  void knowsWhatItCanRead() {
    assertThat(model.limits()).isEqualTo(new SequenceLimits(240, 64, 2));
    assertThatThrownBy(() -> model.run(List.of(TokenSequence.of(new int[513]))))
        .hasMessage("1 sequences of up to 513 tokens do not fit 512 places");
  }

  @Test
  void refusesAPackedGraph(@TempDir Path other) {
    ModelFolder packed = TinyCheckpoints.importBert(other, Dtype.FP32);
    assertThatThrownBy(() -> PaddedModel.open(packed, 1, 512))
        .hasMessageContaining("is not a padded encoder: inputs [gather, input_ids, lengths");
  }
}
