package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import io.weft.runtime.model.Family;
import io.weft.runtime.model.ModelManifest;
import java.util.List;

/**
 * A decoder of the Llama family (Llama, Mistral, Qwen2, Qwen3, Phi-3): pre-normalisation with
 * RMSNorm, rotary positions, grouped-query attention, a gated feed-forward block.
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
    RotaryEmbedding rotary,
    Variant variant)
    implements Architecture {

  public LlamaConfig {
    if (heads % kvHeads != 0) {
      throw new ImportException(
          "%d attention heads are no multiple of %d key/value heads".formatted(heads, kvHeads));
    }
    if (variant.windows.size() != layers) {
      throw new ImportException(
          "%d attention windows for %d layers".formatted(variant.windows.size(), layers));
    }
    rotary.check(headSize);
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
   * @param qkvBias whether the projections to queries, keys and values have biases
   * @param outputBias whether the projection of attended values has one
   * @param feedForwardBias whether the layers of the feed-forward block have biases
   * @param normalizesHeads whether each head's queries and keys go through an RMSNorm of their own
   * @param windows for each layer how many tokens back it attends, itself included; 0 is all
   */
  public record Variant(
      boolean qkvBias,
      boolean outputBias,
      boolean feedForwardBias,
      boolean normalizesHeads,
      List<Integer> windows) {
    public Variant {
      windows = List.copyOf(windows);
    }
  }
}
