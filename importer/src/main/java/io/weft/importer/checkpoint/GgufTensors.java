package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Gives the tensors of a GGUF file the names and the row order of transformers. */
final class GgufTensors {
  private static final Map<String, String> LLAMA =
      Map.ofEntries(
          Map.entry("token_embd", "model.embed_tokens"),
          Map.entry("output_norm", "model.norm"),
          Map.entry("output", "lm_head"),
          Map.entry("attn_norm", "input_layernorm"),
          Map.entry("attn_q", "self_attn.q_proj"),
          Map.entry("attn_k", "self_attn.k_proj"),
          Map.entry("attn_v", "self_attn.v_proj"),
          Map.entry("attn_q_norm", "self_attn.q_norm"),
          Map.entry("attn_k_norm", "self_attn.k_norm"),
          Map.entry("attn_output", "self_attn.o_proj"),
          Map.entry("ffn_norm", "post_attention_layernorm"),
          Map.entry("ffn_gate", "mlp.gate_proj"),
          Map.entry("ffn_up", "mlp.up_proj"),
          Map.entry("ffn_down", "mlp.down_proj"));
  private static final Map<String, String> GPT2 =
      Map.ofEntries(
          Map.entry("token_embd", "wte"),
          Map.entry("position_embd", "wpe"),
          Map.entry("output_norm", "ln_f"),
          Map.entry("output", "lm_head"),
          Map.entry("attn_norm", "ln_1"),
          Map.entry("attn_qkv", "attn.c_attn"),
          Map.entry("attn_output", "attn.c_proj"),
          Map.entry("ffn_norm", "ln_2"),
          Map.entry("ffn_up", "mlp.c_fc"),
          Map.entry("ffn_down", "mlp.c_proj"));
  private static final Map<String, String> GPT_NEOX =
      Map.ofEntries(
          Map.entry("token_embd", "gpt_neox.embed_in"),
          Map.entry("output_norm", "gpt_neox.final_layer_norm"),
          Map.entry("output", "embed_out"),
          Map.entry("attn_norm", "input_layernorm"),
          Map.entry("attn_qkv", "attention.query_key_value"),
          Map.entry("attn_output", "attention.dense"),
          Map.entry("ffn_norm", "post_attention_layernorm"),
          Map.entry("ffn_up", "mlp.dense_h_to_4h"),
          Map.entry("ffn_down", "mlp.dense_4h_to_h"));

  private final Architecture architecture;
  private final Map<String, String> names;
  private final String layers;

  private GgufTensors(Architecture architecture, Map<String, String> names, String layers) {
    this.architecture = architecture;
    this.names = names;
    this.layers = layers;
  }

  /** The tensors by transformers' names; what has none keeps its own. */
  static Map<String, Tensor> rename(Gguf gguf, Architecture architecture) {
    if (architecture instanceof T5Config) {
      return GgufT5.rename(gguf);
    }
    GgufTensors names =
        switch (architecture) {
          case Gpt2Config config -> new GgufTensors(architecture, GPT2, "h.");
          case GptNeoXConfig config -> new GgufTensors(architecture, GPT_NEOX, "gpt_neox.layers.");
          default -> new GgufTensors(architecture, LLAMA, "model.layers.");
        };
    Map<String, Tensor> renamed = new HashMap<>();
    gguf.tensors()
        .forEach(
            (name, tensor) -> {
              String canonical = names.canonicalName(name);
              if (!GgufRotary.isFactors(name)
                  && renamed.put(canonical, names.canonical(name, tensor)) != null) {
                throw new ImportException(
                    "tensor %s stands in the file twice, as %s too".formatted(name, canonical));
              }
            });
    return renamed;
  }

  private String canonicalName(String name) {
    int dot = name.lastIndexOf('.');
    if (dot < 0) {
      return name;
    }
    String ending = name.substring(dot);
    String[] parts = name.substring(0, dot).split("\\.", 3);
    if (parts.length == 3 && parts[0].equals("blk")) {
      String inBlock = inBlock(parts[2]);
      return inBlock == null ? name : layers + parts[1] + "." + inBlock + ending;
    }
    String known = names.get(name.substring(0, dot));
    return known == null ? name : known + ending;
  }

  private @Nullable String inBlock(String name) {
    boolean phi3 = architecture.name().equals("phi3");
    String norm = GgufGemma.norm(architecture, name);
    if (norm != null) {
      return norm;
    }
    return switch (name) {
      // Phi-3 has what others have apart in one matrix each.
      case "attn_qkv" -> phi3 ? "self_attn.qkv_proj" : names.get(name);
      case "ffn_up" -> phi3 ? "mlp.gate_up_proj" : names.get(name);
      default -> names.get(name);
    };
  }

  private Tensor canonical(String name, Tensor tensor) {
    boolean keys = name.contains(".attn_q.") || name.contains(".attn_k.");
    if (architecture instanceof LlamaConfig
        && name.endsWith(".bias")
        && (keys || name.contains(".attn_v."))) {
      tensor = tensor.asColumn();
    }
    if (architecture instanceof LlamaConfig config && config.name().equals("llama") && keys) {
      return withHalves(tensor, config.headSize(), config.rotary().width());
    }
    if (architecture instanceof GptNeoXConfig && name.endsWith(".attn_qkv.bias")) {
      return tensor.asColumn();
    }
    return tensor;
  }

  /**
   * GGUF files of Llama hold the rows of each head of q and k in the order that rotating
   * neighbouring values wants (first and second half interleaved); transformers, and the graphs
   * here, rotate the halves.
   *
   * @param width rows of a head that are rotated; the others stay where they are
   */
  private static Tensor withHalves(Tensor tensor, int headSize, int width) {
    if (tensor.shape().size() != 2 || tensor.rows() % headSize != 0) {
      throw new ImportException(
          "tensor %s has shape %s, the configuration asks for heads of %d rows"
              .formatted(tensor.name(), tensor.shape(), headSize));
    }
    long half = width / 2;
    return tensor.withRowOrder(
        row -> {
          long inHead = row % headSize;
          return inHead < width ? row - inHead + inHead % half * 2 + inHead / half : row;
        });
  }
}
