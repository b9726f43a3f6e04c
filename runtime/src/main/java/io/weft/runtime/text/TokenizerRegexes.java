package io.weft.runtime.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;

/**
 * Refuses regular expressions of a {@code tokenizer.json} that can go back too often. The
 * tokenizers library aborts the whole process when Oniguruma gives up on a text, and {@code (a+)+b}
 * makes it give up on thirty letters.
 */
public final class TokenizerRegexes {
  /** Characters of an expression; the longest known, a list of letters, has 500. */
  private static final int MAX_LENGTH = 10_000;

  private static final int SHOWN = 100;
  private static final JsonMapper JSON = new JsonMapper();

  private TokenizerRegexes() {}

  /**
   * Checks every expression in the text of a {@code tokenizer.json}: they are the values of fields
   * named {@code Regex}. What is wrong with it otherwise is left to others.
   *
   * @throws IllegalArgumentException naming the expression and the reason
   */
  public static void check(String tokenizer) {
    try (JsonParser in = JSON.createParser(tokenizer)) {
      // Token by token, so that a field that is there twice is seen twice.
      for (JsonToken token = in.nextToken(); token != null; token = in.nextToken()) {
        if (token == JsonToken.VALUE_STRING && "Regex".equals(in.currentName())) {
          expression(in.getText());
        }
      }
    } catch (IOException e) {
      throw new IllegalArgumentException("it is no JSON", e);
    }
  }

  private static void expression(String regex) {
    try {
      if (regex.length() > MAX_LENGTH) {
        throw new IllegalArgumentException(
            "it has %,d characters, the limit is %,d".formatted(regex.length(), MAX_LENGTH));
      }
      RegexNode.check(RegexParser.parse(regex));
    } catch (IllegalArgumentException e) {
      String shown = regex.length() <= SHOWN ? regex : regex.substring(0, SHOWN) + "…";
      throw new IllegalArgumentException(
          "its regular expression %s is not supported: %s".formatted(shown, e.getMessage()), e);
    }
  }
}
