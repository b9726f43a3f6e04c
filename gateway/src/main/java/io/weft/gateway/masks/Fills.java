package io.weft.gateway.masks;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.weft.gateway.input.InputUsage;
import java.util.List;

/**
 * The answer to a request to fill masks.
 *
 * @param object {@code list}
 * @param model the one that answered
 * @param data for each input, as transformers' FillMaskPipeline has it, the {@link Fill}s of its
 *     mask, likeliest first; or, where it has several masks, a list of such lists
 */
public record Fills(String object, String model, List<List<?>> data, InputUsage usage) {
  /**
   * What may stand in a mask's place.
   *
   * @param score its probability
   * @param token its id
   * @param tokenStr its text
   * @param sequence the whole text with it; special tokens left out, unless other masks are left
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  public record Fill(float score, int token, String tokenStr, String sequence) {
    /** Says only what it is: it holds the text. */
    @Override
    public String toString() {
      return "a fill";
    }
  }
}
