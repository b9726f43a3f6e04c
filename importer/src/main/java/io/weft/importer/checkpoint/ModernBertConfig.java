package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import java.util.List;

/**
 * ModernBERT (arXiv 2412.13663): rotary positions, normalisation before each block, gated
 * feed-forward layers; some layers see the whole sequence, the others a window.
 *
 * @param intermediateSize width between the feed-forward layers
 * @param window tokens that a local layer sees to either side
 * @param localLayers for each layer whether it is local
 * @param globalFrequencies [headSize / 2], rotary frequencies of the global layers
 * @param localFrequencies [headSize / 2], rotary frequencies of the local layers
 * @param activation of the feed-forward layers' gate
 * @param normEpsilon added to the variance in LayerNorm
 * @param biases which layers have them
 * @param classifier what the heads have in common
 */
public record ModernBertConfig(
    EncoderHead head,
    int vocabularySize,
    int contextLength,
    int hiddenSize,
    int intermediateSize,
    int layers,
    int heads,
    int window,
    List<Boolean> localLayers,
    List<Float> globalFrequencies,
    List<Float> localFrequencies,
    Activation activation,
    float normEpsilon,
    Biases biases,
    Classifier classifier)
    implements EncoderArchitecture {

  public ModernBertConfig {
    localLayers = List.copyOf(localLayers);
    globalFrequencies = List.copyOf(globalFrequencies);
    localFrequencies = List.copyOf(localFrequencies);
    if (hiddenSize % (2 * heads) != 0) {
      throw new ImportException(
          "hidden size %d is no multiple of twice the %d heads".formatted(hiddenSize, heads));
    }
  }

  /** Which layers have a bias. */
  public record Biases(boolean attention, boolean feedForward, boolean norm) {}

  /**
   * What the heads have in common.
   *
   * @param activation of the dense layer before the scores
   * @param denseBias whether that layer has a bias
   * @param meanPooling whether a sequence is classified by the mean of its tokens rather than by
   *     the first
   * @param decoderBias whether a masked language model's scores have a bias
   * @param tiedDecoder whether a masked language model scores with the embedding table
   */
  public record Classifier(
      Activation activation,
      boolean denseBias,
      boolean meanPooling,
      boolean decoderBias,
      boolean tiedDecoder) {}

  @Override
  public String name() {
    return "modernbert";
  }
}
