package io.weft.encoder.model;

import java.nio.FloatBuffer;

/** States for tests. */
public final class States {
  private States() {}

  /** Shape (tokens, hidden size), one array a token. */
  public static SequenceStates of(float[]... tokens) {
    FloatBuffer values = FloatBuffer.allocate(tokens.length * tokens[0].length);
    for (float[] token : tokens) {
      values.put(token);
    }
    return new SequenceStates(tokens.length, tokens[0].length, values, null, null);
  }

  /** What a head scores, one array a row, with no states. */
  public static SequenceStates scored(int tokens, float[]... rows) {
    FloatBuffer values = FloatBuffer.allocate(rows.length * rows[0].length);
    for (float[] row : rows) {
      values.put(row);
    }
    return new SequenceStates(
        tokens, 1, null, null, new SequenceStates.Scores(values, rows.length, rows[0].length));
  }
}
