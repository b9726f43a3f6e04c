package io.weft.tokenizer.encode;

import java.util.List;

/**
 * An encoded text.
 *
 * @param tokens the main window
 * @param truncated tokens of the text that are not in it
 * @param overflow the further windows, when asked for
 */
public record EncodedText(Tokens tokens, int truncated, List<Tokens> overflow) {
  public EncodedText {
    overflow = List.copyOf(overflow);
  }
}
