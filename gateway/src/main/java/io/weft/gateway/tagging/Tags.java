package io.weft.gateway.tagging;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.weft.gateway.input.InputUsage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a request for entities.
 *
 * @param object {@code list}
 * @param model the one that answered
 * @param data for each input its entities, in text order
 */
public record Tags(String object, String model, List<List<Entity>> data, InputUsage usage) {
  /**
   * An entity, in the shape of transformers' TokenClassificationPipeline.
   *
   * @param entity the label of a token; absent where tokens are grouped
   * @param entityGroup the label of a group, without "B-" or "I-"; absent otherwise
   * @param score a probability
   * @param index the token's place in the sequence; absent where tokens are grouped
   * @param word the token as the vocabulary spells it, or the group's tokens as text
   * @param start first position in the text, in code points
   * @param end one past the last
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Entity(
      @Nullable String entity,
      @Nullable String entityGroup,
      float score,
      @Nullable Integer index,
      String word,
      int start,
      int end) {
    /** Says only what it is: the word is the text. */
    @Override
    public String toString() {
      return "an entity";
    }
  }
}
