package io.weft.gateway.input;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import org.jspecify.annotations.Nullable;

/**
 * Tokens of all sequences that a request had read, where nothing is generated.
 *
 * @param promptTokens of all of them
 * @param totalTokens the same
 * @param completionTokens 0 in vLLM's shapes; absent in others
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record InputUsage(
    int promptTokens,
    int totalTokens,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer completionTokens) {

  /** As OpenAI, Cohere and Jina tell it. */
  public static InputUsage of(int tokens) {
    return new InputUsage(tokens, tokens, null);
  }

  /** As vLLM tells it. */
  public static InputUsage withCompletion(int tokens) {
    return new InputUsage(tokens, tokens, 0);
  }
}
