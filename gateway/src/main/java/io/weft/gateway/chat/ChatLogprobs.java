package io.weft.gateway.chat;

import io.weft.gateway.backend.GenerationEvent.TokenLogprob;
import io.weft.gateway.generation.TokenLogprobs;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Log probabilities in the shape of chat completions.
 *
 * @param content one entry a token
 * @param refusal always null: a model here has no separate refusals
 */
record ChatLogprobs(
    List<TokenLogprobs.Token> content, @Schema(nullable = true) @Nullable String refusal) {
  static ChatLogprobs of(List<TokenLogprob> logprobs) {
    return new ChatLogprobs(TokenLogprobs.of(logprobs), null);
  }
}
