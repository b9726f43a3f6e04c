package io.weft.encoder.testing;

import io.weft.encoder.model.Encoder;
import io.weft.encoder.model.PackedStates;
import io.weft.encoder.model.TokenSequence;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * An encoder whose state of a token is (id, position), but for two ids. It keeps what it ran, uses
 * one buffer again and again as the real one does, and lets a test break in before a run.
 */
public final class FakeEncoder implements Encoder {
  public static final int HIDDEN_SIZE = 2;

  /** The token id whose state is infinite. */
  public static final int INFINITE = -1;

  /** The token id whose state is not a number. */
  public static final int NAN = -2;

  private final List<List<TokenSequence>> batches = new ArrayList<>();
  private final Consumer<List<TokenSequence>> beforeRun;
  private final FloatBuffer states = FloatBuffer.allocate(1 << 16);
  private volatile boolean closed;

  public FakeEncoder() {
    this(_ -> {});
  }

  public FakeEncoder(Consumer<List<TokenSequence>> beforeRun) {
    this.beforeRun = beforeRun;
  }

  @Override
  public PackedStates run(List<TokenSequence> batch) {
    batches.add(batch);
    beforeRun.accept(batch);
    int at = 0;
    for (TokenSequence sequence : batch) {
      for (int i = 0; i < sequence.length(); i++) {
        states.put(at++, value(sequence.id(i)));
        states.put(at++, i);
      }
    }
    return new PackedStates(states, null, HIDDEN_SIZE, batch);
  }

  @Override
  public void close() {
    closed = true;
  }

  public boolean isClosed() {
    return closed;
  }

  /** All batches so far; read it only when the loop is done. */
  public List<List<TokenSequence>> batches() {
    return batches;
  }

  private static float value(int id) {
    return switch (id) {
      case INFINITE -> Float.NEGATIVE_INFINITY;
      case NAN -> Float.NaN;
      default -> id;
    };
  }

  /** A sequence of {@code length} tokens, all with the same id. */
  public static TokenSequence sequence(int id, int length) {
    return TokenSequence.of(IntStream.generate(() -> id).limit(length).toArray());
  }
}
