package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import io.weft.runtime.model.Family;
import io.weft.runtime.model.ModelManifest;
import java.util.List;

/**
 * A decoder of the Llama family: pre-normalisation with RMSNorm, rotary positions, grouped-query
 * attention, gated SiLU; no biases.
 *
 * @param intermediateSize width between the gated layers
 * @param normEpsilon added to the mean square in RMSNorm
 * @param tiedHead whether the embedding table is the output layer too
 * @param inverseFrequencies [headSize / 2]; the rotary angle of pair i at position p is p times
 *     element i
 */
public record LlamaConfig(
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
    List<Float> inverseFrequencies)
    implements Architecture {

  public LlamaConfig {
    inverseFrequencies = List.copyOf(inverseFrequencies);
    if (heads % kvHeads != 0) {
      throw new ImportException(
          "%d attention heads are no multiple of %d key/value heads".formatted(heads, kvHeads));
    }
    if (headSize % 16 != 0) {
      throw new ImportException(
          "the head size is %d, it must be a multiple of 16".formatted(headSize));
    }
    if (inverseFrequencies.size() != headSize / 2) {
      throw new ImportException(
          "%d rotary frequencies for a head size of %d"
              .formatted(inverseFrequencies.size(), headSize));
    }
  }

  @Override
  public String name() {
    return "llama";
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
