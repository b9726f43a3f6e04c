package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import io.weft.runtime.model.Family;
import io.weft.runtime.model.ModelManifest;
import java.util.List;

/**
 * A decoder of the GPT-2 architecture: learned positions, pre-normalisation with LayerNorm, biases
 * everywhere.
 *
 * @param intermediateSize width of the feed-forward block
 * @param normEpsilon added to the variance in LayerNorm
 * @param scalesScores whether scores are divided by the square root of the head size
 * @param scalesByLayer whether scores are divided by the layer's number too, counted from 1
 */
public record Gpt2Config(
    int vocabularySize,
    int contextLength,
    int hiddenSize,
    int intermediateSize,
    int layers,
    int heads,
    float normEpsilon,
    boolean tiedHead,
    Activation activation,
    boolean scalesScores,
    boolean scalesByLayer)
    implements Architecture {

  public Gpt2Config {
    if (hiddenSize % heads != 0 || hiddenSize / heads % 8 != 0) {
      throw new ImportException(
          "hidden size %d in %d heads: a head's size must be a multiple of 8"
              .formatted(hiddenSize, heads));
    }
  }

  /** Reads {@code config.json}, with the defaults of transformers. */
  static Gpt2Config read(ConfigJson config) {
    config.refuse("add_cross_attention");
    int hidden = config.integer("n_embd", Limits.WIDTH);
    return new Gpt2Config(
        config.integer("vocab_size", Limits.VOCABULARY),
        config.integer("n_positions", Limits.CONTEXT),
        hidden,
        config.integer("n_inner", Limits.WIDTH, 4 * hidden),
        config.integer("n_layer", Limits.LAYERS),
        config.integer("n_head", Limits.HEADS),
        config.positive("layer_norm_epsilon", 1e-5),
        config.flag("tie_word_embeddings", true),
        Activation.read(config, "activation_function", "gelu_new"),
        config.flag("scale_attn_weights", true),
        config.flag("scale_attn_by_inverse_layer_idx", false));
  }

  @Override
  public String name() {
    return "gpt2";
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
