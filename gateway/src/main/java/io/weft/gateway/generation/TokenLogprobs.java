package io.weft.gateway.generation;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.weft.gateway.backend.GenerationEvent.LogprobEntry;
import io.weft.gateway.backend.GenerationEvent.TokenLogprob;
import java.util.List;

/** Log probabilities token by token, as chat completions and responses have them. */
public final class TokenLogprobs {
  private TokenLogprobs() {}

  /**
   * A token and its rivals.
   *
   * @param bytes what it spells; part of a character is possible
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  public record Token(String token, float logprob, List<Integer> bytes, List<Rival> topLogprobs) {}

  /** One of the likeliest tokens at a position. */
  public record Rival(String token, float logprob, List<Integer> bytes) {}

  /** One entry a token. */
  public static List<Token> of(List<TokenLogprob> logprobs) {
    return logprobs.stream().map(TokenLogprobs::token).toList();
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
