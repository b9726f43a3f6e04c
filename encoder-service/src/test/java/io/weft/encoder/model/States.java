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
    return new SequenceStates(values, null, tokens[0].length);
  }
}
