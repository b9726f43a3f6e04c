package io.weft.encoder.model;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.weft.encoder.task.EmbedOptions;
import io.weft.encoder.task.EmbedTask;
import io.weft.encoder.task.PoolingMode;
import io.weft.encoder.testing.Goldens;
import io.weft.runtime.model.ModelFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The real all-minilm-l6-v2 against sentence-transformers and transformers; skipped where it has
 * not been pulled. The system property {@code weft.models} names the folder of the models, {@code
 * ../models} by default.
 */
class MiniLmTest {
  private static final Path FOLDER =
      Path.of(System.getProperty("weft.models", "../models"), "all-minilm-l6-v2");
  private static final int BATCH_TOKENS = 512;

  @Test
  void givesTheEmbeddingsOfSentenceTransformers() {
    ModelFolder folder = folder();
    List<Goldens.Embedding> goldens = Goldens.miniLm();
    List<float[]> vectors;
    try (EncoderModel model = EncoderModel.open(folder, 2, BATCH_TOKENS)) {
      vectors = embedInBatches(model, goldens);
    }

    for (int i = 0; i < goldens.size(); i++) {
      Goldens.Embedding golden = goldens.get(i);
      assertThat(Goldens.cosine(vectors.get(i), golden.vector()))
          .as(golden.text())
          .isGreaterThan(0.99999);
    }
    assertThat(Goldens.cosine(vectors.get(0), vectors.get(1))).isCloseTo(0.660, within(0.001));
    assertThat(Goldens.cosine(vectors.get(0), vectors.get(2))).isCloseTo(0.021, within(0.001));
  }

  @Test
  void givesTheStatesAndAttentionsOfTransformers() {
    ModelFolder folder = folder();
    List<Goldens.Embedding> goldens =
        Goldens.miniLm().stream().filter(golden -> golden.attentions() != null).toList();
    assertThat(goldens).hasSize(3);
    List<Integer> layers = List.of(0, 1, 2, 3, 4, 5);
    List<Integer> heads = List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    try (EncoderModel model = EncoderModel.open(folder, 2, BATCH_TOKENS);
        AttentionModel attentions = new AttentionModel(folder, 2)) {
      for (Goldens.Embedding golden : goldens) {
        TokenSequence sequence = TokenSequence.of(golden.ids());
        SequenceStates states = model.run(List.of(sequence)).get(0);
        byte[] pooled = requireNonNull(states.pooledToLittleEndian());

        assertEqual(Goldens.floats(states.toLittleEndian()), golden.lastHiddenState());
        assertEqual(Goldens.floats(pooled), golden.poolerOutput());
        assertEqual(Goldens.floats(attentions.run(sequence, layers, heads)), golden.attentions());
      }
    }
  }

  private static void assertEqual(float[] actual, @Nullable String golden) {
    float[] expected = Goldens.floats(requireNonNull(golden));
    assertThat(Goldens.cosine(actual, expected)).isGreaterThan(0.9999);
    assertThat(actual).containsExactly(expected, Offset.offset(1e-4f));
  }

  private static ModelFolder folder() {
    assumeTrue(Files.exists(FOLDER.resolve("model.json")), "all-minilm-l6-v2 is not there");
    ModelFolder folder = ModelFolder.open(FOLDER);
    assumeTrue(folder.manifest().dtype().equals("fp32"), "all-minilm-l6-v2 is not fp32");
    return folder;
  }

  /** In the order of the goldens, as many at a time as fit. */
  private static List<float[]> embedInBatches(EncoderModel model, List<Goldens.Embedding> goldens) {
    EmbedTask task = new EmbedTask(new EmbedOptions(PoolingMode.MEAN, true, 384));
    List<float[]> vectors = new ArrayList<>();
    List<TokenSequence> batch = new ArrayList<>();
    int longest = 0;
    for (int i = 0; i <= goldens.size(); i++) {
      int length = i < goldens.size() ? goldens.get(i).ids().length : BATCH_TOKENS;
      if ((batch.size() + 1) * Math.max(longest, length) > BATCH_TOKENS) {
        PackedStates states = model.run(batch);
        for (int j = 0; j < batch.size(); j++) {
          vectors.add(task.apply(states.get(j)));
        }
        batch.clear();
        longest = 0;
      }
      if (i < goldens.size()) {
        batch.add(TokenSequence.of(goldens.get(i).ids()));
        longest = Math.max(longest, length);
      }
    }
    return vectors;
  }

  private static Offset<Double> within(double offset) {
    return Offset.offset(offset);
  }
}
