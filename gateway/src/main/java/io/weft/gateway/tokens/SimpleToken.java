package io.weft.gateway.tokens;

import io.weft.gateway.input.TokenView;
import org.jspecify.annotations.Nullable;

/**
 * A token, in the shape of text-embeddings-inference.
 *
 * @param id its id
 * @param text its part of the input; as the vocabulary spells it for special tokens
 * @param special whether the tokenizer added it
 * @param start first position in the input, in code points; null for special tokens
 * @param stop one past the last
 */
record SimpleToken(
    int id, String text, boolean special, @Nullable Integer start, @Nullable Integer stop) {
  static SimpleToken of(TokenView token) {
    return new SimpleToken(token.id(), token.text(), token.special(), token.start(), token.end());
  }

  /** Says only what it is: the tokens are the text. */
  @Override
  public String toString() {
    return "a token";
  }
}
