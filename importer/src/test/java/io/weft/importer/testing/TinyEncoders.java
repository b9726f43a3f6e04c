package io.weft.importer.testing;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.weft.importer.quantize.Dtype;
import io.weft.runtime.model.ModelFolder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tiny encoders of every architecture and head with random weights, and what transformers computes
 * with them; made by {@code e2e/goldens/tiny_encoders.py}.
 *
 * <p>All have hidden size 32, 2 heads and context 64. The plain ones have 2 layers (ModernBERT 4,
 * of which it sees the whole sequence in the first and the last), the others 1 (ModernBERT 2).
 */
public final class TinyEncoders {
  /** By the names of config.json. */
  public static final List<String> ARCHITECTURES =
      List.of("bert", "distilbert", "electra", "modernbert", "mpnet", "roberta", "xlm-roberta");

  /** Without a head; labels of a sequence, one label, labels of tokens, answers, masked tokens. */
  public static final List<String> MODELS =
      List.of("plain", "classify", "rerank", "tag", "answer", "fill");

  private TinyEncoders() {}

  /** Copies a Hugging Face folder to {@code parent/ARCHITECTURE-MODEL} and returns it. */
  public static Path checkpoint(String architecture, String model, Path parent) {
    String from = "encoders/" + architecture + "/";
    Path folder = parent.resolve(architecture + "-" + model);
    for (String file : List.of("tokenizer.json", "tokenizer_config.json")) {
      TinyCheckpoints.copy(from + file, folder.resolve(file));
    }
    for (String file : List.of("config.json", "model.safetensors")) {
      TinyCheckpoints.copy(from + model + "/" + file, folder.resolve(file));
    }
    return folder;
  }

  /** Imports a Hugging Face folder as {@code modelsDir/ARCHITECTURE-MODEL}. */
  public static ModelFolder importModel(
      String architecture, String model, Path modelsDir, Dtype dtype) {
    return TinyCheckpoints.importFrom(
        parent -> checkpoint(architecture, model, parent),
        modelsDir,
        architecture + "-" + model,
        dtype);
  }

  /** What transformers computes, each sequence alone. */
  public static List<Case> goldens(String architecture, String model) {
    return List.of(
        TinyCheckpoints.read(
            "encoders/%s/%s/goldens.json".formatted(architecture, model), Case[].class));
  }

  /**
   * A sequence; tensors are base64 of 32-bit floats, little endian, row-major.
   *
   * @param lastHiddenState [tokens, 32]
   * @param poolerOutput [32]; null without a pooler
   * @param logits of the head: [labels], [tokens, labels], [tokens, 2] or [positions, vocabulary]
   * @param positions whose logits a masked language model was asked for; null for other heads
   * @param attentions for each layer [heads, tokens, tokens]; only for models without a head
   */
  public record Case(
      List<Integer> ids,
      @JsonProperty("type_ids") List<Integer> typeIds,
      @JsonProperty("last_hidden_state") String lastHiddenState,
      @JsonProperty("pooler_output") @Nullable String poolerOutput,
      @Nullable String logits,
      @Nullable List<Integer> positions,
      @Nullable List<String> attentions) {}

  /** The values of a tensor. */
  public static float[] floats(@Nullable String base64) {
    if (base64 == null) {
      throw new IllegalArgumentException("the golden has no such tensor");
    }
    byte[] bytes = Base64.getDecoder().decode(base64);
    float[] floats = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(floats);
    return floats;
  }
}
