package io.weft.trainer.text;

/**
 * A row as the model learns it.
 *
 * @param line of the row in its file
 * @param ids one a token
 * @param types segment of each token
 * @param labels of a text its label; of tagged words for each token its tag, or -1 where nothing is
 *     learnt; empty for other tasks
 * @param values of a task with many labels 0 or 1 for each; of a number the number; else empty
 */
@SuppressWarnings("ArrayRecordComponent")
public record Example(int line, int[] ids, int[] types, int[] labels, float[] values) {
  /** Tokens. */
  public int length() {
    return ids.length;
  }
}
