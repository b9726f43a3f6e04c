package io.weft.gateway.input;

import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.TextPair;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A token as an answer shows it.
 *
 * @param id its id
 * @param text its part of the input; as the vocabulary spells it for special tokens
 * @param start first position in its text, in code points; null for special tokens
 * @param end one past the last
 * @param special whether the tokenizer added it
 * @param sequence which text it is of: 0, 1 for the second of a pair; null for special tokens
 */
public record TokenView(
    int id,
    String text,
    @Schema(nullable = true) @Nullable Integer start,
    @Schema(nullable = true) @Nullable Integer end,
    boolean special,
    @Schema(nullable = true) @Nullable Integer sequence) {

  /** The tokens that {@code input} was encoded as. */
  public static List<TokenView> of(TextPair input, List<EncodedText.Token> tokens) {
    // Offsets count code points.
    int[] first = input.text().codePoints().toArray();
    int[] second = input.pair() == null ? first : input.pair().codePoints().toArray();
    return tokens.stream().map(token -> of(token, token.sequence() == 1 ? second : first)).toList();
  }

  private static TokenView of(EncodedText.Token token, int[] text) {
    EncodedText.Span span = token.span();
    return span == null
        ? new TokenView(token.id(), token.text(), null, null, true, null)
        : new TokenView(
            token.id(),
            new String(text, span.start(), span.end() - span.start()),
            span.start(),
            span.end(),
            false,
            token.sequence());
  }

  /** Says only what it is: the tokens are the text. */
  @Override
  public String toString() {
    return "a token";
  }
}
