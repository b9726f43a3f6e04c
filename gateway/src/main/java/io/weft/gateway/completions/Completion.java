package io.weft.gateway.completions;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.weft.gateway.generation.PromptLogprobs;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a completion request, or one event of it, in OpenAI's shape; both are a {@code
 * text_completion}.
 *
 * @param usage of the whole answer; in events absent unless asked for, and then JSON's null in all
 *     but the last
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record Completion(
    String id,
    String object,
    long created,
    String model,
    String systemFingerprint,
    List<Choice> choices,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Schema(nullable = true) @Nullable Object usage) {
  /**
   * One continuation, or a piece of it.
   *
   * @param index prompt × n + continuation
   * @param finishReason null until the last piece
   * @param promptLogprobs vLLM's addition; absent unless asked for
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record Choice(
      int index,
      String text,
      @Schema(nullable = true) @Nullable CompletionLogprobs logprobs,
      @Schema(nullable = true) @Nullable String finishReason,
      @JsonInclude(JsonInclude.Include.NON_NULL)
          @Nullable List<@Nullable Map<Integer, PromptLogprobs.Entry>> promptLogprobs) {
    /** A choice without log probabilities of its prompt. */
    Choice(
        int index,
        String text,
        @Nullable CompletionLogprobs logprobs,
        @Nullable String finishReason) {
      this(index, text, logprobs, finishReason, null);
    }
  }
}
