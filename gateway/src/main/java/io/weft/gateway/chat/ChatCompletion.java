package io.weft.gateway.chat;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.weft.gateway.generation.PromptLogprobs;
import io.weft.gateway.generation.Usage;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a chat request that is not streamed, in OpenAI's shape.
 *
 * @param promptLogprobs vLLM's addition; absent unless asked for
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record ChatCompletion(
    String id,
    String object,
    long created,
    String model,
    String systemFingerprint,
    List<Choice> choices,
    Usage usage,
    @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable List<@Nullable Map<Integer, PromptLogprobs.Entry>> promptLogprobs) {
  /** One of the n answers. */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record Choice(
      int index,
      Message message,
      @Schema(nullable = true) @Nullable ChatLogprobs logprobs,
      String finishReason) {}

  /**
   * What the assistant said.
   *
   * @param content the text; null where there are only calls
   * @param toolCalls absent without any
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record Message(
      String role,
      @Schema(nullable = true) @Nullable String content,
      @Schema(nullable = true) @Nullable String refusal,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<ChatToolCall> toolCalls) {}
}
