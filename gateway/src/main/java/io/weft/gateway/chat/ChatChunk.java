package io.weft.gateway.chat;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One event of a streamed chat, in OpenAI's shape.
 *
 * @param usage absent unless asked for; then JSON's null in every chunk but the last
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record ChatChunk(
    String id,
    String object,
    long created,
    String model,
    String systemFingerprint,
    List<Choice> choices,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Object usage) {
  /**
   * A piece of one of the n answers.
   *
   * @param finishReason null until the answer's last chunk
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record Choice(
      int index, Delta delta, @Nullable ChatLogprobs logprobs, @Nullable String finishReason) {}

  /** What is new. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Delta(@Nullable String role, @Nullable String content) {
    static final Delta ROLE = new Delta("assistant", "");
    static final Delta NOTHING = new Delta(null, null);

    static Delta text(String text) {
      return new Delta(null, text);
    }
  }
}
