package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;

/**
 * An encoder of the BERT family: learned absolute positions, normalisation after each block.
 *
 * @param contextLength at most {@code positions - firstPosition}; less where the checkpoint was
 *     tuned for less
 * @param positions rows of the position table
 * @param firstPosition the row of a sequence's first token
 * @param segments rows of the token type table; 0 without one
 * @param embeddingSize width of the embedding tables; projected where it is not the hidden size
 * @param intermediateSize width between the feed-forward layers
 * @param activation between the feed-forward layers
 * @param normEpsilon added to the variance in LayerNorm
 * @param tiedDecoder whether a masked language model scores with the embedding table
 */
public record BertConfig(
    BertVariant variant,
    EncoderHead head,
    int vocabularySize,
    int contextLength,
    int positions,
    int firstPosition,
    int segments,
    int embeddingSize,
    int hiddenSize,
    int intermediateSize,
    int layers,
    int heads,
    Activation activation,
    float normEpsilon,
    boolean tiedDecoder)
    implements EncoderArchitecture {
  /** Rows of MPNet's table of biases by relative position. */
  public static final int RELATIVE_BUCKETS = 32;

  public BertConfig {
    if (hiddenSize % heads != 0) {
      throw new ImportException(
          "hidden size %d is no multiple of %d heads".formatted(hiddenSize, heads));
    }
  }

  /** Whether a model tells the two texts of a pair apart by segments. */
  static boolean hasSegments(Architecture architecture) {
    return architecture instanceof BertConfig bert && bert.segments > 1;
  }

  @Override
  public String name() {
    return variant.modelType();
  }
}
