package io.weft.encoder.testing;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.weft.encoder.model.TokenSequence;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What sentence-transformers computes; made by {@code e2e/goldens/embedding_goldens.py}. */
public final class Goldens {
  private static final JsonMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  private Goldens() {}

  /** The tiny BERT with every pooling mode. */
  public static Tiny tiny() {
    return read("tiny-bert-goldens.json", Tiny.class);
  }

  /** Texts through all-minilm-l6-v2. */
  public static List<Embedding> miniLm() {
    return read("minilm-goldens.json", MiniLm.class).cases();
  }

  /**
   * Goldens of the tiny BERT.
   *
   * @param truncated dimensions of the vectors that were cut
   */
  public record Tiny(int truncated, List<Case> cases) {}

  /**
   * A sequence through the tiny BERT.
   *
   * @param vectors by the manifest's name of the pooling mode
   */
  public record Case(
      int[] ids,
      @JsonProperty("type_ids") int[] typeIds,
      @JsonProperty("last_hidden_state") String lastHiddenState,
      Map<String, Vectors> vectors) {
    public TokenSequence sequence() {
      return new TokenSequence(ids, typeIds.length == 0 ? null : typeIds);
    }

    /** Shape (tokens, hidden size), row-major. */
    public float[] states() {
      return floats(lastHiddenState);
    }
  }

  /**
   * One pooling mode's vectors.
   *
   * @param raw not normalised
   * @param truncated cut and normalised
   * @param binary the signs of {@code raw}, packed by numpy
   */
  public record Vectors(String raw, String normalized, String truncated, String binary) {}

  /**
   * A text through all-minilm-l6-v2; with some of them what lies inside.
   *
   * @param lastHiddenState shape (tokens, hidden size)
   * @param attentions shape (layers, heads, tokens, tokens)
   */
  public record Embedding(
      String text,
      int[] ids,
      String embedding,
      @JsonProperty("last_hidden_state") @Nullable String lastHiddenState,
      @JsonProperty("pooler_output") @Nullable String poolerOutput,
      @Nullable String attentions) {
    public float[] vector() {
      return floats(embedding);
    }
  }

  private record MiniLm(List<Embedding> cases) {}

  /** Base64 of 32-bit floats, little endian. */
  public static float[] floats(String base64) {
    return floats(Base64.getDecoder().decode(base64));
  }

  /** 32-bit floats, little endian. */
  public static float[] floats(byte[] bytes) {
    float[] floats = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(floats);
    return floats;
  }

  /** The cosine of the angle between two vectors. */
  public static double cosine(float[] a, float[] b) {
    double product = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      product += (double) a[i] * b[i];
      aa += (double) a[i] * a[i];
      bb += (double) b[i] * b[i];
    }
    return product / Math.sqrt(aa * bb);
  }

  private static <T> T read(String name, Class<T> type) {
    try (InputStream in = Goldens.class.getResourceAsStream("/io/weft/encoder/" + name)) {
      if (in == null) {
        throw new FileNotFoundException(name);
      }
      return JSON.readValue(in, type);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
