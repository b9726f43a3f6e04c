package io.weft.gateway.chat;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.weft.gateway.generation.Usage;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** The answer to a chat request that is not streamed, in OpenAI's shape. */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record ChatCompletion(
    String id,
    String object,
    long created,
    String model,
    String systemFingerprint,
    List<Choice> choices,
    Usage usage) {
  /** One of the n answers. */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record Choice(
      int index,
      Message message,
      @Schema(nullable = true) @Nullable ChatLogprobs logprobs,
      String finishReason) {}

  /** What the assistant said. */
  record Message(String role, String content, @Schema(nullable = true) @Nullable String refusal) {}
}
