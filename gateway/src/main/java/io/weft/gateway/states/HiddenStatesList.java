package io.weft.gateway.states;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.weft.gateway.input.InputUsage;
import io.weft.gateway.input.TokenView;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a request for hidden states.
 *
 * @param object {@code list}
 * @param model the one that answered
 * @param data in the order of the inputs
 */
record HiddenStatesList(String object, String model, List<Item> data, InputUsage usage) {
  /**
   * The states of one input.
   *
   * @param index of the input
   * @param object {@code hidden_states}
   * @param tokens what was read, one for each row of {@code lastHiddenState}
   * @param lastHiddenState shape (tokens, hidden size): each token's embedding in its context
   * @param poolerOutput shape (hidden size); null for models without a pooler
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  @SuppressWarnings("ArrayRecordComponent") // Never compared, and copying would cost the speed.
  record Item(
      int index,
      String object,
      List<TokenView> tokens,
      float[][] lastHiddenState,
      @Schema(nullable = true) float @Nullable [] poolerOutput) {}
}
