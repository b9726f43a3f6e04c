package io.weft.encoder.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.encoder.task.EmbedOptions;
import io.weft.encoder.task.EmbedTask;
import io.weft.encoder.task.PoolingMode;
import io.weft.encoder.testing.Goldens;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.runtime.model.ModelFolder;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The tiny BERT, imported, against sentence-transformers. */
class EncoderModelTest {
  /** Both sides compute in fp32, in another order. */
  private static final Offset<Float> FP32 = Offset.offset(2e-5f);

  private static final List<Goldens.Case> CASES = Goldens.tiny().cases();
  private static final List<TokenSequence> SEQUENCES =
      CASES.stream().map(Goldens.Case::sequence).toList();

  @TempDir static Path models;
  private static EncoderModel model;

  @BeforeAll
  static void open() {
    model = EncoderModel.open(TinyCheckpoints.importBert(models, Dtype.FP32), 1, 512);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  @Test
  void aPackedBatchGivesTheStatesOfTransformers() {
    PackedStates states = model.run(SEQUENCES);

    for (int i = 0; i < CASES.size(); i++) {
      assertThat(Goldens.floats(states.get(i).toLittleEndian()))
          .containsExactly(CASES.get(i).states(), FP32);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cls", "mean", "max", "last_token", "weighted_mean"})
  void poolsAsSentenceTransformersDoes(String mode) {
    PoolingMode pooling = PoolingMode.ofManifest(mode);
    PackedStates states = model.run(SEQUENCES);

    for (int i = 0; i < CASES.size(); i++) {
      Goldens.Vectors expected = CASES.get(i).vectors().get(mode);
      SequenceStates one = states.get(i);
      assertThat(embed(one, pooling, false, 32)).containsExactly(floats(expected.raw()), FP32);
      assertThat(embed(one, pooling, true, 32))
          .containsExactly(floats(expected.normalized()), FP32);
      assertThat(embed(one, pooling, true, Goldens.tiny().truncated()))
          .containsExactly(floats(expected.truncated()), FP32);
    }
  }

  @Test
  void aSequenceAmongOthersGivesWhatItGivesAlone() {
    List<float[]> together = embedAll(SEQUENCES);

    for (int i = 0; i < SEQUENCES.size(); i++) {
      assertThat(embedAll(List.of(SEQUENCES.get(i))).getFirst())
          .containsExactly(together.get(i), Offset.offset(1e-6f));
    }
  }

  @Test
  void aRunLeavesNoTraceInTheNext() {
    List<float[]> before = embedAll(SEQUENCES.subList(3, 4));
    embedAll(SEQUENCES);

    assertThat(embedAll(SEQUENCES.subList(3, 4)).getFirst()).containsExactly(before.getFirst());
  }

  @ParameterizedTest
  @EnumSource(
      value = Dtype.class,
      names = {"FP32", "INT8"})
  void everyNumberFormatPassesTheSelfCheck(Dtype dtype, @TempDir Path other) {
    ModelFolder folder = TinyCheckpoints.importBert(other, dtype);
    try (EncoderModel own = EncoderModel.open(folder, 2, 64)) {
      WarmUp.run(own, own.limits(), 64, folder.manifest().dtype());
    }
  }

  @Test
  void knowsWhatItCanRead() {
    assertThat(model.limits()).isEqualTo(new SequenceLimits(240, 64, 2));
  }

  @Test
  void refusesADecoder(@TempDir Path other) {
    ModelFolder llama = TinyCheckpoints.importLlama(other, Dtype.FP32);

    assertThatThrownBy(() -> EncoderModel.open(llama, 1, 512))
        .hasMessageStartingWith("model tiny-llama is no packed encoder: architecture llama");
  }

  private static List<float[]> embedAll(List<TokenSequence> batch) {
    PackedStates states = model.run(batch);
    return java.util.stream.IntStream.range(0, batch.size())
        .mapToObj(i -> embed(states.get(i), PoolingMode.MEAN, true, 32))
        .toList();
  }

  private static float[] embed(
      SequenceStates states, PoolingMode pooling, boolean normalize, int dimensions) {
    return new EmbedTask(new EmbedOptions(pooling, normalize, dimensions)).apply(states);
  }

  private static float[] floats(String base64) {
    return Goldens.floats(base64);
  }
}
