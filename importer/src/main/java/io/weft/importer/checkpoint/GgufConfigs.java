package io.weft.importer.checkpoint;

import io.weft.importer.checkpoint.LlamaConfig.Variant;
import io.weft.importer.error.ImportException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Reads the metadata of a GGUF file into an {@link Architecture}; keys begin with the
 * architecture's name.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">GGUF</a>
 */
final class GgufConfigs {
  /** Divisors of the rotary frequencies, as Llama 3.1 has them. */
  static final String ROPE_FACTORS = "rope_freqs.weight";

  private final Gguf gguf;
  private final GgufMetadata metadata;
  private final String architecture;

  private GgufConfigs(Gguf gguf, String architecture) {
    this.gguf = gguf;
    this.metadata = gguf.metadata();
    this.architecture = architecture;
  }

  static Architecture read(Gguf gguf) {
    checkWhole(gguf.metadata());
    String architecture = gguf.metadata().requiredString("general.architecture");
    GgufConfigs configs = new GgufConfigs(gguf, architecture);
    return switch (architecture) {
      case "llama", "qwen2", "qwen3", "phi3" -> configs.llamaFamily();
      case "gpt2" -> configs.gpt2();
      case "gptneox" -> configs.gptNeoX();
      case GgufT5.ARCHITECTURE -> GgufT5.config(gguf);
      default ->
          throw new ImportException(
              ("architecture '%s' is not supported in GGUF files; supported: gpt2, gptneox, llama,"
                      + " phi3, qwen2, qwen3, t5")
                  .formatted(architecture));
    };
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

  private LlamaConfig llamaFamily() {
    if (metadata.integer(key("expert_count"), 0, 65_536, 0) > 0) {
      throw new ImportException(key("expert_count") + ": mixtures of experts are not supported");
    }
    int layers = layers();
    int heads = heads();
    int headSize =
        metadata.integer(
            key("attention.key_length"), 1, Limits.WIDTH, Math.max(1, hiddenSize() / heads));
    boolean llama = architecture.equals("llama");
    boolean qkvBias = gguf.tensors().containsKey("blk.0.attn_q.bias");
    int window = metadata.integer(key("attention.sliding_window"), 0, Limits.CONTEXT, 0);
    return new LlamaConfig(
        architecture,
        vocabularySize(),
        contextLength(),
        hiddenSize(),
        metadata.integer(key("feed_forward_length"), 1, Limits.WIDTH),
        layers,
        heads,
        metadata.integer(key("attention.head_count_kv"), 1, Limits.HEADS, heads),
        headSize,
        (float) metadata.positive(key("attention.layer_norm_rms_epsilon"), 1e-5),
        tiedHead(),
        rotary(headSize, headSize),
        new Variant(
            qkvBias,
            llama && gguf.tensors().containsKey("blk.0.attn_output.bias"),
            llama && gguf.tensors().containsKey("blk.0.ffn_up.bias"),
            architecture.equals("qwen3"),
            Collections.nCopies(layers, window)));
  }

  private Gpt2Config gpt2() {
    int hidden = hiddenSize();
    return new Gpt2Config(
        vocabularySize(),
        contextLength(),
        hidden,
        metadata.integer(key("feed_forward_length"), 1, Limits.WIDTH, 4 * hidden),
        layers(),
        heads(),
        (float) metadata.positive(key("attention.layer_norm_epsilon"), 1e-5),
        tiedHead(),
        Activation.GELU_TANH,
        true,
        false);
  }

  private GptNeoXConfig gptNeoX() {
    int headSize = Math.max(1, hiddenSize() / heads());
    return new GptNeoXConfig(
        vocabularySize(),
        contextLength(),
        hiddenSize(),
        metadata.integer(key("feed_forward_length"), 1, Limits.WIDTH),
        layers(),
        heads(),
        (float) metadata.positive(key("attention.layer_norm_epsilon"), 1e-5),
        tiedHead(),
        Activation.GELU,
        metadata.bool(key("use_parallel_residual"), true),
        gguf.tensors().containsKey("blk.0.attn_qkv.bias"),
        rotary(headSize, Math.max(2, headSize / 4)));
  }

  private RotaryEmbedding rotary(int headSize, int usualWidth) {
    int width = metadata.integer(key("rope.dimension_count"), 2, headSize, usualWidth);
    float[] frequencies =
        Rotary.frequencies(metadata.positive(key("rope.freq_base"), 10_000), width);
    String scaling = metadata.string(key("rope.scaling.type"));
    if (scaling != null && !List.of("none", "linear").contains(scaling)) {
      throw new ImportException(
          "%s '%s' is not supported; supported: none, linear"
              .formatted(key("rope.scaling.type"), scaling));
    }
    for (String factors : List.of("rope_factors_short.weight", "rope_factors_long.weight")) {
      if (gguf.tensors().containsKey(factors)) {
        throw new ImportException(
            factors + ": LongRoPE is not supported in GGUF files; import the model's folder");
      }
    }
    double factor = "linear".equals(scaling) ? metadata.positive(key("rope.scaling.factor"), 1) : 1;
    float[] divisors = divisors(frequencies.length);
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = (float) (frequencies[i] / (factor * divisors[i]));
      if (!Float.isFinite(frequencies[i]) || frequencies[i] <= 0) {
        throw new ImportException(
            "%s: element %d is %s, which gives the rotary frequency %s"
                .formatted(ROPE_FACTORS, i, divisors[i], frequencies[i]));
      }
    }
    return new RotaryEmbedding(width, Floats.asList(frequencies), 1);
  }

  private float[] divisors(int count) {
    float[] divisors = new float[count];
    Arrays.fill(divisors, 1);
    Tensor factors = gguf.tensors().get(ROPE_FACTORS);
    if (factors != null) {
      if (factors.rows() != 1 || factors.columns() != count) {
        throw new ImportException(
            "tensor %s has shape %s, the configuration asks for [%d]"
                .formatted(ROPE_FACTORS, factors.shape(), count));
      }
      factors.readRows(0, 1, divisors);
    }
    return divisors;
  }

  private int vocabularySize() {
    Tensor embedding = gguf.tensors().get("token_embd.weight");
    if (embedding == null) {
      throw new ImportException("the checkpoint has no tensor token_embd.weight");
    }
    return (int) Math.min(embedding.rows(), Limits.VOCABULARY + 1L);
  }

  private boolean tiedHead() {
    return !gguf.tensors().containsKey("output.weight");
  }

  private int contextLength() {
    return metadata.integer(key("context_length"), 1, Limits.CONTEXT);
  }

  private int hiddenSize() {
    return metadata.integer(key("embedding_length"), 1, Limits.WIDTH);
  }

  private int layers() {
    return metadata.integer(key("block_count"), 1, Limits.LAYERS);
  }

  private int heads() {
    return metadata.integer(key("attention.head_count"), 1, Limits.HEADS);
  }

  private String key(String name) {
    return architecture + "." + name;
  }
}
