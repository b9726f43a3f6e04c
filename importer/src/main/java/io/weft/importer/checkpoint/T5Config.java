package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import io.weft.runtime.model.Family;
import io.weft.runtime.model.ModelManifest;
import java.util.List;

/**
 * An encoder-decoder of the T5 family (Raffel et al., 2020, arXiv:1910.10683; {@code
 * modeling_t5.py} in transformers): RMSNorm before every layer, no biases, attention scores that
 * are not scaled, and a learned bias by relative position instead of positions.
 *
 * @param name {@code t5} or {@code mt5}
 * @param contextLength the network has no longest sequence; this is what the checkpoint was made
 *     for, of its input and of its output each
 * @param intermediateSize width between the feed-forward layers
 * @param encoderLayers blocks of the encoder
 * @param layers blocks of the decoder
 * @param headSize width of a head; heads times head size need not be the hidden size
 * @param normEpsilon added to the mean square in RMSNorm
 * @param activation between the feed-forward layers
 * @param gated whether the activated values are multiplied with those of a second layer
 * @param scalesHead whether the output layer's input is scaled by hiddenSize^-0.5
 * @param buckets rows of the tables of relative position biases
 * @param maxDistance all longer distances share a bucket
 */
public record T5Config(
    String name,
    int vocabularySize,
    int contextLength,
    int hiddenSize,
    int intermediateSize,
    int encoderLayers,
    int layers,
    int heads,
    int headSize,
    float normEpsilon,
    Activation activation,
    boolean gated,
    boolean scalesHead,
    int buckets,
    int maxDistance)
    implements Architecture {

  public T5Config {
    if (headSize % 8 != 0) {
      throw new ImportException(
          "the head size (d_kv) is %d, it must be a multiple of 8".formatted(headSize));
    }
    // Half of the encoder's buckets are for each direction, and half of those for one distance
    // each; the decoder has one direction only.
    if (buckets < 4 || maxDistance <= buckets / 2) {
      throw new ImportException(
          "relative_attention_max_distance %d with relative_attention_num_buckets %d: there must be"
                  .formatted(maxDistance, buckets)
              + " at least 4 buckets and a distance above half of them");
    }
  }

  @Override
  public Family family() {
    return Family.ENCODER_DECODER;
  }

  @Override
  public List<String> tasks() {
    return List.of(ModelManifest.TASK_GENERATE);
  }

  /** Width of all heads together. */
  public int attentionWidth() {
    return heads * headSize;
  }
}
