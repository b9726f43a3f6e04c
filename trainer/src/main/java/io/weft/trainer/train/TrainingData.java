package io.weft.trainer.train;

import io.weft.trainer.text.Example;
import java.util.List;

/**
 * What to learn from.
 *
 * @param validation judged after each epoch; empty for none
 * @param labelWeights of each label in the loss
 * @param padding the token to fill batches up with
 * @param patience epochs without a better validation after which training stops, and goes back to
 *     the best; 0 trains to the end
 */
@SuppressWarnings("ArrayRecordComponent")
public record TrainingData(
    List<Example> train,
    List<Example> validation,
    float[] labelWeights,
    int padding,
    int patience) {
  public TrainingData {
    train = List.copyOf(train);
    validation = List.copyOf(validation);
  }
}
