package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import io.weft.runtime.model.ModelManifest;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A GGUF file of the architecture {@code llama}. */
final class GgufCheckpoint implements Checkpoint {
  private static final Map<String, String> NAMES =
      Map.of(
          "token_embd.weight", "model.embed_tokens.weight",
          "output_norm.weight", "model.norm.weight",
          "output.weight", "lm_head.weight");
  private static final Map<String, String> BLOCK_NAMES =
      Map.of(
          "attn_norm.weight", "input_layernorm.weight",
          "attn_q.weight", "self_attn.q_proj.weight",
          "attn_k.weight", "self_attn.k_proj.weight",
          "attn_v.weight", "self_attn.v_proj.weight",
          "attn_output.weight", "self_attn.o_proj.weight",
          "ffn_norm.weight", "post_attention_layernorm.weight",
          "ffn_gate.weight", "mlp.gate_proj.weight",
          "ffn_up.weight", "mlp.up_proj.weight",
          "ffn_down.weight", "mlp.down_proj.weight");
  private static final String ROPE_FACTORS = "rope_freqs.weight";

  private final MappedFile file;
  private final LlamaConfig config;
  private final Tokenizer tokenizer;
  private final Map<String, Tensor> tensors;

  private GgufCheckpoint(
      MappedFile file, LlamaConfig config, Tokenizer tokenizer, Map<String, Tensor> tensors) {
    this.file = file;
    this.config = config;
    this.tokenizer = tokenizer;
    this.tensors = tensors;
  }

  static GgufCheckpoint open(Path path) {
    MappedFile file = MappedFile.open(path);
    try {
      return read(file);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** The checkpoint in {@code file}, which it owns from now on. */
  static GgufCheckpoint read(MappedFile file) {
    Gguf gguf = Gguf.parse(file);
    LlamaConfig config = config(gguf);
    Tokenizer tokenizer = GgufTokenizer.read(gguf.metadata(), config.vocabularySize());
    return new GgufCheckpoint(file, config, tokenizer, rename(gguf, config));
  }

  /** Refuses what is a GGUF file, but no whole model. */
  private static void checkWhole(GgufMetadata metadata) {
    String type = metadata.string("general.type");
    if (type != null && !type.equals("model")) {
      throw new ImportException(
          "general.type '%s' is not supported; supported: model".formatted(type));
    }
    if (metadata.integer("split.count", 0, 65_536, 0) > 1) {
      throw new ImportException(
          "split.count: models in several files are not supported; join them with llama.cpp's"
              + " llama-gguf-split --merge");
    }
  }

  private static LlamaConfig config(Gguf gguf) {
    GgufMetadata metadata = gguf.metadata();
    checkWhole(metadata);
    String architecture = metadata.requiredString("general.architecture");
    if (!architecture.equals("llama")) {
      throw new ImportException(
          "architecture '%s' is not supported in GGUF files; supported: llama"
              .formatted(architecture));
    }
    if (metadata.integer("llama.expert_count", 0, 65_536, 0) > 0) {
      throw new ImportException("llama.expert_count: mixtures of experts are not supported");
    }
    Tensor embedding = gguf.tensors().get("token_embd.weight");
    if (embedding == null) {
      throw new ImportException("the checkpoint has no tensor token_embd.weight");
    }
    int heads = metadata.integer("llama.attention.head_count", 1, Limits.HEADS);
    int hidden = metadata.integer("llama.embedding_length", 1, Limits.WIDTH);
    int headSize =
        metadata.integer(
            "llama.attention.key_length", 1, Limits.WIDTH, Math.max(1, hidden / heads));
    int rotary = metadata.integer("llama.rope.dimension_count", 1, Limits.WIDTH, headSize);
    if (rotary != headSize) {
      throw new ImportException(
          "llama.rope.dimension_count is %d, only the whole head size of %d is supported"
              .formatted(rotary, headSize));
    }
    return new LlamaConfig(
        (int) Math.min(embedding.rows(), Limits.VOCABULARY + 1L),
        metadata.integer("llama.context_length", 1, Limits.CONTEXT),
        hidden,
        metadata.integer("llama.feed_forward_length", 1, Limits.WIDTH),
        metadata.integer("llama.block_count", 1, Limits.LAYERS),
        heads,
        metadata.integer("llama.attention.head_count_kv", 1, Limits.HEADS, heads),
        headSize,
        (float) metadata.positive("llama.attention.layer_norm_rms_epsilon", 1e-5),
        !gguf.tensors().containsKey("output.weight"),
        Floats.asList(frequencies(gguf, headSize)));
  }

  private static float[] frequencies(Gguf gguf, int headSize) {
    GgufMetadata metadata = gguf.metadata();
    double base = metadata.positive("llama.rope.freq_base", 10_000);
    float[] frequencies = Rotary.frequencies(base, headSize);
    String scaling = metadata.string("llama.rope.scaling.type");
    if (scaling != null && !scaling.equals("none") && !scaling.equals("linear")) {
      throw new ImportException(
          "llama.rope.scaling.type '%s' is not supported; supported: none, linear"
              .formatted(scaling));
    }
    double factor =
        "linear".equals(scaling) ? metadata.positive("llama.rope.scaling.factor", 1) : 1;
    Tensor factors = gguf.tensors().get(ROPE_FACTORS);
    float[] divisors = new float[headSize / 2];
    java.util.Arrays.fill(divisors, 1);
    if (factors != null) {
      if (factors.rows() != 1 || factors.columns() != divisors.length) {
        throw new ImportException(
            "tensor %s has shape %s, the configuration asks for [%d]"
                .formatted(ROPE_FACTORS, factors.shape(), divisors.length));
      }
      factors.readRows(0, 1, divisors);
    }
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = (float) (frequencies[i] / (factor * divisors[i]));
      if (!Float.isFinite(frequencies[i]) || frequencies[i] <= 0) {
        throw new ImportException(
            "%s: element %d is %s, which gives the rotary frequency %s"
                .formatted(ROPE_FACTORS, i, divisors[i], frequencies[i]));
      }
    }
    return frequencies;
  }

  private static Map<String, Tensor> rename(Gguf gguf, LlamaConfig config) {
    Map<String, Tensor> renamed = new HashMap<>();
    gguf.tensors()
        .forEach(
            (name, tensor) -> {
              String canonical = canonicalName(name);
              if (name.endsWith(".attn_q.weight") || name.endsWith(".attn_k.weight")) {
                tensor = withHalves(tensor, config.headSize());
              }
              if (!name.equals(ROPE_FACTORS) && renamed.put(canonical, tensor) != null) {
                throw new ImportException(
                    "tensor %s stands in the file twice, as %s too".formatted(name, canonical));
              }
            });
    return renamed;
  }

  private static String canonicalName(String name) {
    String[] parts = name.split("\\.", 3);
    if (parts.length == 3 && parts[0].equals("blk")) {
      String block = BLOCK_NAMES.get(parts[2]);
      return block == null ? name : "model.layers." + parts[1] + "." + block;
    }
    return NAMES.getOrDefault(name, name);
  }

  private static Tensor withHalves(Tensor tensor, int headSize) {
    if (tensor.shape().size() != 2 || tensor.rows() % headSize != 0) {
      throw new ImportException(
          "tensor %s has shape %s, the configuration asks for heads of %d rows"
              .formatted(tensor.name(), tensor.shape(), headSize));
    }
    return tensor.withRowOrder(row -> interleavedRow(row, headSize));
  }

  /**
   * GGUF files of this architecture hold the rows of each head of q and k in the order that
   * rotating neighbouring values wants (first and second half interleaved); transformers, and the
   * graphs here, rotate the halves.
   */
  private static long interleavedRow(long row, int headSize) {
    long head = row / headSize;
    long inHead = row % headSize;
    long half = headSize / 2;
    return head * headSize + inHead % half * 2 + inHead / half;
  }

  @Override
  public String kind() {
    return "gguf";
  }

  @Override
  public Architecture architecture() {
    return config;
  }

  @Override
  public Set<String> tensorNames() {
    return tensors.keySet();
  }

  @Override
  public @Nullable Tensor find(String name) {
    return tensors.get(name);
  }

  @Override
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  @Override
  public ModelManifest.@Nullable PoolingSpec pooling() {
    return null;
  }

  @Override
  public ModelManifest.@Nullable GenerationSpec generation() {
    return null;
  }

  @Override
  public List<Path> weightFiles() {
    return List.of(file.path());
  }

  @Override
  public void close() {
    file.close();
  }
}
