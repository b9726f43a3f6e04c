package io.weft.gateway.embeddings;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** The answer to an embeddings request, in OpenAI's shape. */
record Embeddings(String object, List<Embedding> data, String model, Usage usage) {
  /**
   * One vector.
   *
   * @param object {@code embedding}
   * @param embedding a list of numbers, or base64 of little-endian 32-bit floats
   * @param index of its input
   */
  record Embedding(String object, Object embedding, int index) {}

  /** Tokens of all inputs. */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record Usage(int promptTokens, int totalTokens) {}

  static Embeddings of(String model, List<float[]> vectors, boolean base64, int tokens) {
    List<Embedding> data = new ArrayList<>(vectors.size());
    for (float[] vector : vectors) {
      data.add(new Embedding("embedding", base64 ? base64(vector) : vector, data.size()));
    }
    return new Embeddings("list", data, model, new Usage(tokens, tokens));
  }

  private static String base64(float[] vector) {
    ByteBuffer bytes =
        ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(vector);
    return Base64.getEncoder().encodeToString(bytes.array());
  }
}
