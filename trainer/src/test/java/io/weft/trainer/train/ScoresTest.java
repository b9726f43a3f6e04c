package io.weft.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.weft.trainer.data.Task;
import io.weft.trainer.text.Example;
import org.junit.jupiter.api.Test;

/** Against scikit-learn's accuracy_score, f1_score(average="macro") and NumPy's corrcoef. */
class ScoresTest {
  @Test
  void countsLabels() {
    Scores scores = new Scores(Task.CLASSIFY, 3);
    int[] given = {0, 0, 0, 1, 1, 2};
    int[] guessed = {0, 0, 1, 1, 2, 0};
    for (int i = 0; i < given.length; i++) {
      float[] logits = new float[3];
      logits[guessed[i]] = 1;
      scores.add(example(new int[] {given[i]}, new float[0]), logits);
    }
    Evaluation result = scores.result();

    assertThat(result.value("accuracy")).isCloseTo(0.5, within(1e-12));
    assertThat(result.value("macro_f1")).isCloseTo(0.3888888888888889, within(1e-12));
    assertThat(result.confusion()).isEqualTo(new long[][] {{2, 1, 0}, {0, 1, 1}, {1, 0, 0}});
  }

  @Test
  void countsSetsOfLabels() {
    Scores scores = new Scores(Task.MULTI_LABEL, 2);
    scores.add(example(new int[0], new float[] {1, 0}), new float[] {2, -1});
    scores.add(example(new int[0], new float[] {1, 1}), new float[] {2, -1});
    scores.add(example(new int[0], new float[] {0, 1}), new float[] {1, 1});
    Evaluation result = scores.result();

    assertThat(result.value("accuracy")).isCloseTo(1.0 / 3, within(1e-12));
    assertThat(result.value("macro_f1")).isCloseTo((0.8 + 2.0 / 3) / 2, within(1e-12));
    assertThat(result.confusion()).isEqualTo(new long[][] {{0, 1, 0, 2}, {1, 0, 1, 1}});
  }

  @Test
  void countsWordsOfTagsAndLeavesOutWhatIsNotLearnt() {
    Scores scores = new Scores(Task.TAG, 2);
    scores.add(
        new Example(1, new int[3], new int[3], new int[] {-1, 0, 1}, new float[0]),
        new float[] {9, 0, 1, 0, 1, 0, 5, 5});
    assertThat(scores.result().rows()).isEqualTo(2);
    assertThat(scores.result().value("accuracy")).isEqualTo(0.5);
  }

  @Test
  void measuresNumbers() {
    Scores scores = new Scores(Task.REGRESSION, 1);
    float[] given = {1, 2, 3, 4};
    float[] guessed = {1.5f, 1.5f, 3, 5};
    for (int i = 0; i < given.length; i++) {
      scores.add(example(new int[0], new float[] {given[i]}), new float[] {guessed[i]});
    }
    assertThat(scores.result().value("rmse")).isCloseTo(0.6123724356957945, within(1e-9));
    assertThat(scores.result().value("pearson")).isCloseTo(0.9341987329938276, within(1e-9));
  }

  private static Example example(int[] labels, float[] values) {
    return new Example(1, new int[1], new int[1], labels, values);
  }
}
