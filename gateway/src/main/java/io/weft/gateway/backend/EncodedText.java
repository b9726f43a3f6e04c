package io.weft.gateway.backend;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A text, or pair, as the tokenizer encoded it.
 *
 * @param ids its token ids, special tokens included unless they were not asked for
 * @param typeIds the segment of each token; empty where all are of the first
 * @param tokens what each token is, as long as {@code ids}; empty unless asked for
 */
public record EncodedText(TokenIds ids, TokenIds typeIds, List<Token> tokens) {
  public EncodedText {
    tokens = List.copyOf(tokens);
  }

  /** Token ids that a caller made itself. */
  public static EncodedText of(TokenIds ids) {
    return new EncodedText(ids, TokenIds.of(), List.of());
  }

  /**
   * One token.
   *
   * @param id its id
   * @param text as the vocabulary spells it
   * @param span where it stands in its text, in code points; absent for special tokens
   */
  public record Token(int id, String text, @Nullable Span span) {
    /** Says only what it is: the tokens are the text. */
    @Override
    public String toString() {
      return "a token";
    }
  }

  /**
   * A half-open range of code points.
   *
   * @param start first position
   * @param end one past the last
   */
  public record Span(int start, int end) {}
}
