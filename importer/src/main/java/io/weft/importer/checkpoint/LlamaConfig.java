package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import io.weft.runtime.model.Family;
import io.weft.runtime.model.ModelManifest;
import java.util.List;

/**
 * A decoder of the Llama family (Llama, Mistral, Qwen2, Qwen3, Phi-3, Gemma to Gemma 3):
 * pre-normalisation with RMSNorm, rotary positions, grouped-query attention, a gated feed-forward
 * block.
 *
 * @param name of the architecture, as in the manifest
 * @param intermediateSize width between the gated layers
 * @param normEpsilon added to the mean square in RMSNorm
 * @param tiedHead whether the embedding table is the output layer too
 * @param variant what the members of the family differ in
 */
public record LlamaConfig(
    String name,
    int vocabularySize,
    int contextLength,
    int hiddenSize,
    int intermediateSize,
    int layers,
    int heads,
    int kvHeads,
    int headSize,
    float normEpsilon,
    boolean tiedHead,
    Variant variant)
    implements Architecture {

  public LlamaConfig {
    if (heads % kvHeads != 0) {
      throw new ImportException(
          "%d attention heads are no multiple of %d key/value heads".formatted(heads, kvHeads));
    }
    Attention attention = variant.attention;
    if (attention.windows.size() != layers) {
      throw new ImportException(
          "%d attention windows for %d layers".formatted(attention.windows.size(), layers));
    }
    attention.rotary.check(headSize);
    attention.rotaryInWindows.check(headSize);
  }

  /** Positions in layers that attend to all. */
  public RotaryEmbedding rotary() {
    return variant.attention.rotary;
  }

  @Override
  public Family family() {
    return Family.DECODER;
  }

  @Override
  public List<String> tasks() {
    return List.of(ModelManifest.TASK_GENERATE);
  }

  /**
   * What the members of the family differ in.
   *
   * @param biases which layers have them
   * @param attention how tokens attend to each other
   * @param activation of the gate in the feed-forward block
   * @param normalizesOutputs whether what attention and feed-forward block give goes through an
   *     RMSNorm before it is added
   * @param embeddingScale what embeddings are multiplied by; 1 leaves them as they are
   * @param logitCap c, where logits x become {@code c tanh(x / c)}; 0 leaves them as they are
   */
  public record Variant(
      Biases biases,
      Attention attention,
      Activation activation,
      boolean normalizesOutputs,
      float embeddingScale,
      float logitCap) {
    /** Of all but the Gemmas. */
    static Variant usual(Biases biases, Attention attention) {
      return new Variant(biases, attention, Activation.SILU, false, 1, 0);
    }
  }

  /**
   * Which linear layers have biases.
   *
   * @param qkv the projections to queries, keys and values
   * @param output the projection of attended values
   * @param feedForward those of the feed-forward block
   */
  public record Biases(boolean qkv, boolean output, boolean feedForward) {
    static final Biases NONE = new Biases(false, false, false);
  }

  /**
   * How tokens attend to each other.
   *
   * @param scale of the scores
   * @param cap c, where scaled scores x become {@code c tanh(x / c)}; 0 leaves them as they are
   * @param normalizesHeads whether each head's queries and keys go through an RMSNorm of their own
   * @param windows for each layer how many tokens back it attends, itself included; 0 is all
   * @param rotary positions in layers that attend to all
   * @param rotaryInWindows positions in layers with a window
   */
  public record Attention(
      float scale,
      float cap,
      boolean normalizesHeads,
      List<Integer> windows,
      RotaryEmbedding rotary,
      RotaryEmbedding rotaryInWindows) {
    public Attention {
      windows = List.copyOf(windows);
    }

    /** Of all but the Gemmas. */
    static Attention usual(
        int headSize, boolean normalizesHeads, List<Integer> windows, RotaryEmbedding rotary) {
      return new Attention(
          (float) (1 / Math.sqrt(headSize)), 0, normalizesHeads, windows, rotary, rotary);
    }
  }
}
