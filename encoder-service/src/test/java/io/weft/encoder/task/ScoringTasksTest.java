package io.weft.encoder.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.encoder.model.SequenceStates;
import io.weft.encoder.model.States;
import io.weft.encoder.task.FillMaskTask.Candidate;
import io.weft.runtime.model.ModelManifest;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ScoringTasksTest {
  private static final float TWO_THIRDS = 2 / 3f;

  /** Logits whose softmax is 2/3, 1/3 and whose sigmoids are 2/3, 1/2. */
  private static final SequenceStates LOGITS =
      States.scored(4, new float[] {(float) Math.log(2), 0});

  @Test
  void scoresAsTheProblemTypeSays() {
    assertThat(classify(ModelManifest.SINGLE_LABEL, false)).containsExactly(TWO_THIRDS, 1 / 3f);
    assertThat(classify(ModelManifest.MULTI_LABEL, false)).containsExactly(TWO_THIRDS, 0.5f);
    assertThat(classify(ModelManifest.REGRESSION, false)).containsExactly(LOGITS.scores(0));
    assertThat(classify(ModelManifest.SINGLE_LABEL, true)).containsExactly(LOGITS.scores(0));
    assertThatThrownBy(() -> classify("guess", false)).hasMessage("unknown problem type guess");
  }

  @Test
  void scoresASingleLabelByItself() {
    SequenceStates logit = States.scored(4, new float[] {(float) Math.log(2)});

    assertThat(task(ModelManifest.SINGLE_LABEL, false, "a").apply(logit))
        .containsExactly(TWO_THIRDS);
    assertThat(task(ModelManifest.MULTI_LABEL, false, "a").apply(logit))
        .containsExactly(TWO_THIRDS);
    assertThat(task(ModelManifest.REGRESSION, false, "a").apply(logit))
        .containsExactly(logit.scores(0));
  }

  @Test
  void scoresPairsAsTheActivationSays() {
    float logit = (float) Math.log(2);
    assertThat(score(null, false)).isEqualTo(TWO_THIRDS);
    assertThat(score(ModelManifest.SIGMOID, false)).isEqualTo(TWO_THIRDS);
    assertThat(score(ModelManifest.SIGMOID, true)).isEqualTo(logit);
    assertThat(score(ModelManifest.IDENTITY, false)).isEqualTo(logit);
    assertThatThrownBy(() -> score("tanh", false)).hasMessage("unknown activation tanh");
  }

  @Test
  void keepsTheBestTokensAndOfEqualOnesTheFirst() {
    SequenceStates scores = States.scored(1, new float[] {1, 3, 3, 2}, new float[] {0, 0, 0, 9});

    assertThat(new FillMaskTask(2, new int[0]).apply(scores))
        .extracting(row -> row.stream().map(Candidate::id).toList())
        .containsExactly(List.of(1, 2), List.of(3, 0));
    assertThat(new FillMaskTask(5, new int[] {3, 0, 3}).apply(scores).getFirst())
        .extracting(Candidate::id)
        .containsExactly(3, 0);
  }

  @Test
  void largeLogitsDoNotOverflow() {
    SequenceStates large = States.scored(1, new float[] {1e30f, -1e30f});
    assertThat(new ClassifyTask(ClassifyTask.Function.SOFTMAX).apply(large)).containsExactly(1, 0);
    assertThat(new ClassifyTask(ClassifyTask.Function.SIGMOID).apply(large)).containsExactly(1, 0);
  }

  @Test
  void scoresThatAreNoFiniteNumberAreSeen() {
    assertThat(LOGITS.isFinite()).isTrue();
    assertThat(States.scored(1, new float[] {0, Float.NaN}).isFinite()).isFalse();
    assertThat(States.scored(1, new float[] {Float.POSITIVE_INFINITY}).isFinite()).isFalse();
  }

  private static float[] classify(String problemType, boolean raw) {
    return task(problemType, raw, "a", "b").apply(LOGITS);
  }

  private static ClassifyTask task(String problemType, boolean raw, String... labels) {
    ModelManifest.EncoderSpec encoder =
        new ModelManifest.EncoderSpec(
            ModelManifest.Layout.PACKED, null, List.of(labels), problemType, null);
    return new ClassifyTask(ClassifyTask.Function.of(encoder, raw));
  }

  private static float score(@Nullable String activation, boolean raw) {
    return new ScorePairsTask(activation, raw).apply(LOGITS);
  }
}
