package io.weft.gateway.states;

import io.weft.gateway.input.InputUsage;
import io.weft.gateway.input.TokenView;
import java.util.List;

/**
 * The answer to a request for attentions.
 *
 * @param object {@code list}
 * @param model the one that answered
 * @param data in the order of the inputs
 */
public record Attentions(String object, String model, List<Item> data, InputUsage usage) {
  /**
   * The attentions of one input.
   *
   * @param index of the input
   * @param object {@code attentions}
   * @param tokens what was read; a row and a column of each {@link Head} stand for one of them
   * @param attentions layer by layer, in each head by head, as they were asked for
   */
  public record Item(int index, String object, List<TokenView> tokens, List<Head> attentions) {}

  /**
   * One head of one layer.
   *
   * @param layer 0 for the first
   * @param head 0 for the first
   * @param weights shape (tokens, tokens); entry (i, j) is how much token i attends to token j, and
   *     each row sums to 1
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared, and copying would cost the speed.
  public record Head(int layer, int head, float[][] weights) {}
}
