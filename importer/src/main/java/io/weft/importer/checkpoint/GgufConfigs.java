package io.weft.importer.checkpoint;

import io.weft.importer.checkpoint.LlamaConfig.Attention;
import io.weft.importer.checkpoint.LlamaConfig.Biases;
import io.weft.importer.checkpoint.LlamaConfig.Variant;
import io.weft.importer.error.ImportException;
import java.util.Collections;
import java.util.List;

/**
 * Reads the metadata of a GGUF file into an {@link Architecture}; keys begin with the
 * architecture's name.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">GGUF</a>
 */
final class GgufConfigs {
  private static final List<String> UNSUPPORTED =
      List.of(
          "attention.clamp_kqv",
          "attention.max_alibi_bias",
          "attention.scale",
          "attn_logit_softcapping",
          "embedding_scale",
          "final_logit_softcapping",
          "logit_scale",
          "residual_scale",
          GgufRotary.BASE_IN_WINDOWS);

  private final Gguf gguf;
  private final GgufMetadata metadata;
  private final String architecture;
  private final GgufRotary rotary;

  private GgufConfigs(Gguf gguf, String architecture) {
    this.gguf = gguf;
    this.metadata = gguf.metadata();
    this.architecture = architecture;
    this.rotary = new GgufRotary(gguf, architecture);
  }

  static Architecture read(Gguf gguf) {
    checkWhole(gguf.metadata());
    String architecture = gguf.metadata().requiredString("general.architecture");
    GgufConfigs configs = new GgufConfigs(gguf, architecture);
    configs.checkKnownMathematics();
    return switch (architecture) {
      case "llama", "qwen2", "qwen3", "phi3", "gemma", "gemma2", "gemma3" -> configs.llamaFamily();
      case "gpt2" -> configs.gpt2();
      case "gptneox" -> configs.gptNeoX();
      case GgufT5.ARCHITECTURE -> GgufT5.config(gguf);
      default ->
          throw new ImportException(
              ("architecture '%s' is not supported in GGUF files; supported: gemma, gemma2,"
                      + " gemma3, gpt2, gptneox, llama, phi3, qwen2, qwen3, t5")
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

  /** Refuses keys that would change what the network computes. */
  private void checkKnownMathematics() {
    if (metadata.integer(key("expert_count"), 0, 65_536, 0) > 0) {
      throw new ImportException(key("expert_count") + ": mixtures of experts are not supported");
    }
    if (!metadata.bool(key("attention.causal"), true)) {
      throw new ImportException(key("attention.causal") + " is false, which is not supported");
    }
    for (String name : UNSUPPORTED) {
      if (metadata.has(key(name)) && !GgufGemma.knows(architecture, name)) {
        throw new ImportException(key(name) + " is not supported");
      }
    }
  }

  private LlamaConfig llamaFamily() {
    int layers = layers();
    int heads = heads();
    int headSize =
        metadata.integer(
            key("attention.key_length"), 1, Limits.WIDTH, Math.max(1, hiddenSize() / heads));
    return new LlamaConfig(
        GgufGemma.modelType(architecture),
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
        GgufGemma.is(architecture)
            ? new GgufGemma(gguf, architecture, rotary)
                .variant(layers, hiddenSize(), heads, headSize)
            : variant(layers, headSize));
  }

  private Variant variant(int layers, int headSize) {
    boolean llama = architecture.equals("llama");
    int window = metadata.integer(key("attention.sliding_window"), 0, Limits.CONTEXT, 0);
    Biases biases =
        new Biases(
            gguf.tensors().containsKey("blk.0.attn_q.bias"),
            llama && gguf.tensors().containsKey("blk.0.attn_output.bias"),
            llama && gguf.tensors().containsKey("blk.0.ffn_up.bias"));
    return Variant.usual(
        biases,
        Attention.usual(
            headSize,
            architecture.equals("qwen3"),
            Collections.nCopies(layers, window),
            rotary.read(headSize, headSize)));
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
        rotary.read(headSize, Math.max(2, headSize / 4)));
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
    return rotary.contextLength();
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
