package io.weft.gateway.chat;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.weft.gateway.backend.GenerationEvent.LogprobEntry;
import io.weft.gateway.backend.GenerationEvent.TokenLogprob;
import io.weft.gateway.generation.TokenText;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Log probabilities in the shape of chat completions.
 *
 * @param content one entry a token
 * @param refusal always null: a model here has no separate refusals
 */
record ChatLogprobs(List<Token> content, @Schema(nullable = true) @Nullable String refusal) {
  /**
   * A token and its rivals.
   *
   * @param bytes what it spells; part of a character is possible
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record Token(String token, float logprob, List<Integer> bytes, List<Rival> topLogprobs) {}

  /** One of the likeliest tokens at a position. */
  record Rival(String token, float logprob, List<Integer> bytes) {}

  static ChatLogprobs of(List<TokenLogprob> logprobs) {
    return new ChatLogprobs(logprobs.stream().map(ChatLogprobs::token).toList(), null);
  }

  private static Token token(TokenLogprob logprob) {
    LogprobEntry chosen = logprob.chosen();
    return new Token(
        TokenText.of(chosen),
        TokenText.logprob(chosen),
        chosen.bytes(),
        logprob.top().stream()
            .map(rival -> new Rival(TokenText.of(rival), TokenText.logprob(rival), rival.bytes()))
            .toList());
  }
}
