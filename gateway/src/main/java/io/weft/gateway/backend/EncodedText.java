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
   * @param sequence which text it comes from: 0, 1 for the second of a pair, -1 for special tokens
   * @param word index of its word in its text, by the rule that was asked for; -1 for special
   *     tokens
   */
  public record Token(int id, String text, @Nullable Span span, int sequence, int word) {
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
