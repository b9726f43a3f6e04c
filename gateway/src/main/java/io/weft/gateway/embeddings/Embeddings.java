package io.weft.gateway.embeddings;

import io.weft.gateway.backend.EmbeddedTexts;
import io.weft.gateway.input.InputUsage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The answer to an embeddings request, in OpenAI's shape.
 *
 * @param pooling how token vectors became one; an addition of this server
 * @param normalized whether the vectors have length 1; an addition too
 */
record Embeddings(
    String object,
    List<Embedding> data,
    String model,
    InputUsage usage,
    @Schema(nullable = true) @Nullable String pooling,
    boolean normalized) {
  /**
   * One vector.
   *
   * @param object {@code embedding}
   * @param embedding a list of numbers, or base64 of little-endian 32-bit floats; bytes for int8
   *     and binary vectors
   * @param index of its input
   */
  record Embedding(String object, Object embedding, int index) {}

  static Embeddings of(String model, EmbeddedTexts embedded, EmbeddingRequest request, int tokens) {
    boolean base64 = request.base64();
    OutputType type = request.type();
    List<Embedding> data = new ArrayList<>(embedded.vectors().size());
    for (EmbeddedTexts.Vector vector : embedded.vectors()) {
      Object value =
          switch (vector) {
            case EmbeddedTexts.Floats(float[] values) -> base64 ? base64(values) : values;
            case EmbeddedTexts.Packed(byte[] bytes) ->
                base64 ? base64(type.bytes(bytes)) : type.numbers(bytes);
          };
      data.add(new Embedding("embedding", value, data.size()));
    }
    return new Embeddings(
        "list",
        data,
        model,
        InputUsage.of(tokens),
        embedded.pooling().isEmpty() ? null : embedded.pooling(),
        embedded.normalized());
  }

  private static String base64(float[] vector) {
    ByteBuffer bytes =
        ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(vector);
    return base64(bytes.array());
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
