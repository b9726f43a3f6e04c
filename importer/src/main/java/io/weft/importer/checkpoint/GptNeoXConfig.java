package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import io.weft.runtime.model.Family;
import io.weft.runtime.model.ModelManifest;
import java.util.List;

/**
 * A decoder of the GPT-NeoX architecture (Pythia): rotary positions on a part of each head,
 * LayerNorm, and a feed-forward block beside or behind the attention.
 *
 * @param intermediateSize width of the feed-forward block
 * @param normEpsilon added to the variance in LayerNorm
 * @param parallelResidual whether attention and feed-forward block both start from the layer's
 *     input
 * @param attentionBias whether the projections of the attention have biases
 */
public record GptNeoXConfig(
    int vocabularySize,
    int contextLength,
    int hiddenSize,
    int intermediateSize,
    int layers,
    int heads,
    float normEpsilon,
    boolean tiedHead,
    Activation activation,
    boolean parallelResidual,
    boolean attentionBias,
    RotaryEmbedding rotary)
    implements Architecture {

  public GptNeoXConfig {
    if (hiddenSize % heads != 0) {
      throw new ImportException(
          "hidden size %d is no multiple of %d heads".formatted(hiddenSize, heads));
    }
    rotary.check(hiddenSize / heads);
  }

  /** Reads {@code config.json}, with the defaults of transformers. */
  static GptNeoXConfig read(ConfigJson config) {
    int hidden = config.integer("hidden_size", Limits.WIDTH);
    int heads = config.integer("num_attention_heads", Limits.HEADS);
    Rotary rotary = Rotary.ofGptNeoX(config);
    return new GptNeoXConfig(
        config.integer("vocab_size", Limits.VOCABULARY),
        rotary.contextLength(),
        hidden,
        config.integer("intermediate_size", Limits.WIDTH),
        config.integer("num_hidden_layers", Limits.LAYERS),
        heads,
        config.positive("layer_norm_eps", 1e-5),
        config.flag("tie_word_embeddings", false),
        Activation.read(config, "hidden_act", "gelu"),
        config.flag("use_parallel_residual", true),
        config.flag("attention_bias", true),
        rotary.embedding(Math.max(1, hidden / heads)));
  }

  @Override
  public String name() {
    return "gpt_neox";
  }

  @Override
  public Family family() {
    return Family.DECODER;
  }

  @Override
  public List<String> tasks() {
    return List.of(ModelManifest.TASK_GENERATE);
  }
}
