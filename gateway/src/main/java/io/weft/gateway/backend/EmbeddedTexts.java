package io.weft.gateway.backend;

import java.util.List;

/**
 * The vectors of a batch.
 *
 * @param vectors in the order of the sequences
 * @param pooling how token vectors became one: {@code mean}, {@code cls}, ...; empty when the
 *     encoder does not say
 * @param normalized whether they have length 1
 */
public record EmbeddedTexts(List<Vector> vectors, String pooling, boolean normalized) {
  public EmbeddedTexts {
    vectors = List.copyOf(vectors);
  }

  /** One vector. */
  public sealed interface Vector {
    /** Its values as floats, which they must be. */
    default float[] floats() {
      return switch (this) {
        case Floats(float[] values) -> values;
        case Packed _ -> throw new IllegalStateException("packed vectors");
      };
    }
  }

  /** Shape (dimensions). */
  @SuppressWarnings("ArrayRecordComponent") // Never compared, and copying would cost the speed.
  public record Floats(float[] values) implements Vector {}

  /** Signed bytes, or bits packed into bytes. */
  @SuppressWarnings("ArrayRecordComponent") // As above.
  public record Packed(byte[] bytes) implements Vector {}

  /** All vectors as floats, which they must be. */
  public List<float[]> floats() {
    return vectors.stream().map(Vector::floats).toList();
  }
}
