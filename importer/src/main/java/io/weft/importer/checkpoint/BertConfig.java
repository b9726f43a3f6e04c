package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import io.weft.runtime.model.Family;
import io.weft.runtime.model.ModelManifest;
import java.util.List;

/**
 * A BERT encoder: learned absolute positions, post-normalisation, exact GELU.
 *
 * @param contextLength at most {@code positions}; less where the checkpoint was tuned for less
 * @param positions rows of the position table
 * @param segments rows of the token type table
 * @param intermediateSize width between the feed-forward layers
 * @param normEpsilon added to the variance in LayerNorm
 */
public record BertConfig(
    int vocabularySize,
    int contextLength,
    int positions,
    int segments,
    int hiddenSize,
    int intermediateSize,
    int layers,
    int heads,
    float normEpsilon)
    implements Architecture {

  public BertConfig {
    if (hiddenSize % heads != 0) {
      throw new ImportException(
          "hidden size %d is no multiple of %d heads".formatted(hiddenSize, heads));
    }
  }

  @Override
  public String name() {
    return "bert";
  }

  @Override
  public Family family() {
    return Family.ENCODER;
  }

  @Override
  public List<String> tasks() {
    return List.of(ModelManifest.TASK_EMBED);
  }

  @Override
  public int kvHeads() {
    return heads;
  }

  @Override
  public int headSize() {
    return hiddenSize / heads;
  }
}
