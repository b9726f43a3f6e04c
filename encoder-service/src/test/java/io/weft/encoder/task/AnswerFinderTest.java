package io.weft.encoder.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.weft.encoder.task.AnswerFinder.Answer;
import io.weft.encoder.task.AnswerFinder.Options;
import io.weft.encoder.task.AnswerFinder.Place;
import org.junit.jupiter.api.Test;

/** Windows of: a special token, a question's token, four of the passage in three words. */
class AnswerFinderTest {
  private static final Options BEST = new Options(1, 15, false, false, false);
  private static final Options ALL = new Options(2, 2, true, true, true);
  private static final Alignment PASSAGE =
      new Alignment(
          new int[] {0, 0, 0, 3, 6, 8},
          new int[] {0, 4, 2, 5, 8, 10},
          new int[] {-1, 0, 0, 1, 2, 2},
          new int[] {-1, 0, 1, 1, 1, 1});

  @Test
  void findsTheSpanOfTheBestStartAndEnd() {
    AnswerFinder finder = new AnswerFinder(BEST);
    finder.add(window(new float[] {0, 99, 1, 9, 1, 1}, new float[] {0, 99, 9, 1, 8, 1}), PASSAGE);

    assertThat(finder.answers()).extracting(Answer::place).containsExactly(new Place(3, 8));
    assertThat(finder.noAnswerScore()).isLessThan(1e-6f);
  }

  @Test
  void neverEndsBeforeItStartsNorAfterItsLongest() {
    AnswerFinder finder = new AnswerFinder(ALL);
    finder.add(window(new float[] {0, 0, 1, 2, 3, 4}, new float[] {0, 0, 4, 3, 2, 1}), PASSAGE);

    assertThat(finder.answers())
        .extracting(Answer::place)
        .doesNotHaveDuplicates()
        // Widened to words, the last of which has two tokens; null is "no answer".
        .containsExactlyInAnyOrder(
            new Place(0, 2),
            new Place(0, 5),
            new Place(3, 5),
            new Place(3, 10),
            new Place(6, 10),
            null);
  }

  @Test
  void addsUpWhatSeveralWindowsHoldAndTakesTheirSmallestNoAnswer() {
    AnswerFinder one = new AnswerFinder(BEST);
    AnswerFinder two = new AnswerFinder(BEST);
    AnswerSpansTask.Result sure =
        window(new float[] {1, 0, 0, 4, 0, 0}, new float[] {1, 0, 0, 4, 0, 0});
    AnswerSpansTask.Result empty =
        window(new float[] {9, 0, 0, 1, 0, 0}, new float[] {9, 0, 0, 1, 0, 0});
    one.add(sure, PASSAGE);
    two.add(empty, PASSAGE);
    two.add(sure, PASSAGE);

    Answer alone = one.answers().getFirst();
    Answer both = two.answers().getFirst();
    assertThat(both.place()).isEqualTo(alone.place()).isEqualTo(new Place(3, 5));
    assertThat(both.score()).isGreaterThan(alone.score()).isCloseTo(alone.score(), within(1e-4f));
    assertThat(two.noAnswerScore()).isEqualTo(one.noAnswerScore());
  }

  @Test
  void aWindowWithoutPassageHasNoAnswer() {
    Alignment question =
        new Alignment(new int[2], new int[2], new int[] {-1, 0}, new int[] {-1, 0});
    AnswerFinder finder = new AnswerFinder(new Options(3, 15, true, false, false));
    finder.add(window(new float[] {1, 5}, new float[] {1, 5}), question);

    assertThat(finder.answers()).containsExactly(new Answer(null, 1));
  }

  private static AnswerSpansTask.Result window(float[] starts, float[] ends) {
    return new AnswerSpansTask.Result(starts, ends);
  }
}
