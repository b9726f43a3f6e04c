package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import io.weft.runtime.model.ModelManifest;
import java.util.HashMap;
import java.util.Map;

/**
 * GGUF files of the architecture {@code t5}: T5, T5 1.1, Flan-T5 and mT5 as llama.cpp's converter
 * writes them. Such a file says neither the activation nor from which distance on positions are
 * alike; as llama.cpp does, a gated block is taken to use the approximated GELU and any other ReLU,
 * and the distance to be 128, which all published models have.
 */
final class GgufT5 {
  static final String ARCHITECTURE = "t5";

  private static final int MAX_DISTANCE = 128;
  private static final String TABLE = "token_embd.weight";
  private static final String HEAD = "output.weight";
  private static final Map<String, String> NAMES =
      Map.of(
          TABLE,
          "shared.weight",
          HEAD,
          "lm_head.weight",
          "enc.output_norm.weight",
          "encoder.final_layer_norm.weight",
          "dec.output_norm.weight",
          "decoder.final_layer_norm.weight");
  private static final Map<String, String> ATTENTION =
      Map.of("q", "q", "k", "k", "v", "v", "o", "o", "rel_b", "relative_attention_bias");

  private GgufT5() {}

  static T5Config config(Gguf gguf) {
    GgufMetadata metadata = gguf.metadata();
    Tensor table = gguf.tensors().get(TABLE);
    if (table == null) {
      throw new ImportException("the checkpoint has no tensor " + TABLE);
    }
    int hidden = metadata.integer("t5.embedding_length", 1, Limits.WIDTH);
    int heads = metadata.integer("t5.attention.head_count", 1, Limits.HEADS);
    int layers = metadata.integer("t5.block_count", 1, Limits.LAYERS);
    int headSize =
        metadata.integer("t5.attention.key_length", 1, Limits.WIDTH, Math.max(1, hidden / heads));
    int valueSize = metadata.integer("t5.attention.value_length", 1, Limits.WIDTH, headSize);
    if (valueSize != headSize) {
      throw new ImportException(
          "t5.attention.value_length is %d, only that of keys, %d, is supported"
              .formatted(valueSize, headSize));
    }
    Tensor head = gguf.tensors().get(HEAD);
    boolean gated = isGated(gguf);
    boolean tied = head == null || head.hasContentOf(table);
    return new T5Config(
        ARCHITECTURE,
        (int) Math.min(table.rows(), Limits.VOCABULARY + 1L),
        metadata.integer("t5.context_length", 1, Limits.CONTEXT),
        hidden,
        metadata.integer("t5.feed_forward_length", 1, Limits.WIDTH),
        layers,
        metadata.integer("t5.decoder_block_count", 1, Limits.LAYERS, layers),
        heads,
        headSize,
        (float) metadata.positive("t5.attention.layer_norm_rms_epsilon", 1e-6),
        gated ? Activation.GELU_TANH : Activation.RELU,
        gated,
        tied,
        metadata.integer("t5.attention.relative_buckets_count", 1, T5Configs.MAX_BUCKETS),
        MAX_DISTANCE);
  }

  private static boolean isGated(Gguf gguf) {
    return gguf.tensors().containsKey("enc.blk.0.ffn_gate.weight");
  }

  /** The token that outputs start from: as the file says, else padding. */
  static ModelManifest.GenerationSpec generation(
      GgufMetadata metadata, ModelManifest.SpecialTokens tokens, int vocabularySize) {
    String key = "t5.decoder_start_token_id";
    Integer start = tokens.pad();
    if (metadata.has(key)) {
      start = metadata.integer(key, 0, vocabularySize - 1);
    }
    if (start == null) {
      throw new ImportException(
          "the file has neither %s nor tokenizer.ggml.padding_token_id: no token to start from"
              .formatted(key));
    }
    return new ModelManifest.GenerationSpec(null, null, null, null, start);
  }

  /** The tensors by their names in transformers. */
  static Map<String, Tensor> rename(Gguf gguf) {
    boolean gated = isGated(gguf);
    Map<String, Tensor> renamed = new HashMap<>();
    gguf.tensors()
        .forEach(
            (name, tensor) -> {
              String canonical = canonicalName(name, gated);
              if (renamed.put(canonical, tensor) != null) {
                throw new ImportException(
                    "tensor %s stands in the file twice, as %s too".formatted(name, canonical));
              }
            });
    return renamed;
  }

  /** {@code dec.blk.N.KIND.weight} in transformers; a name that is not known stays. */
  private static String canonicalName(String name, boolean gated) {
    String[] parts = name.split("\\.", -1);
    if (parts.length != 5 || !parts[1].equals("blk") || !parts[4].equals("weight")) {
      return NAMES.getOrDefault(name, name);
    }
    boolean encoder = parts[0].equals("enc");
    if (!encoder && !parts[0].equals("dec")) {
      return name;
    }
    String layer = layer(parts[3], encoder ? 1 : 2, gated);
    return layer.isEmpty()
        ? name
        : "%s.block.%s.layer.%s.weight".formatted(encoder ? "encoder" : "decoder", parts[2], layer);
  }

  /**
   * @param last number of the feed-forward layer in its block
   * @return empty for an unknown kind
   */
  private static String layer(String kind, int last, boolean gated) {
    if (kind.startsWith("attn_")) {
      return attention(kind.substring("attn_".length()), "0", "SelfAttention");
    }
    if (kind.startsWith("cross_attn_")) {
      return attention(kind.substring("cross_attn_".length()), "1", "EncDecAttention");
    }
    return switch (kind) {
      case "ffn_norm" -> last + ".layer_norm";
      case "ffn_gate" -> last + ".DenseReluDense.wi_0";
      case "ffn_up" -> last + (gated ? ".DenseReluDense.wi_1" : ".DenseReluDense.wi");
      case "ffn_down" -> last + ".DenseReluDense.wo";
      default -> "";
    };
  }

  private static String attention(String kind, String layer, String name) {
    if (kind.equals("norm")) {
      return layer + ".layer_norm";
    }
    String part = ATTENTION.get(kind);
    return part == null ? "" : layer + "." + name + "." + part;
  }
}
