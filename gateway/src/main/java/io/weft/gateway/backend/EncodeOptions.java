package io.weft.gateway.backend;

/**
 * How texts are encoded.
 *
 * @param specialTokens add the model's special tokens
 * @param cut what happens to a text that is longer than the model's context
 * @param tokens return what each token is: its text, place, sequence and word
 */
public record EncodeOptions(boolean specialTokens, Cut cut, boolean tokens) {
  /** What happens to a text that is too long. */
  public enum Cut {
    /** It fails. */
    NONE,
    /** Its end goes; of a pair, that of the longer text. */
    END,
    /** Its start goes; of a pair, that of the longer text. */
    START
  }

  /** Sequences for an encoder. */
  public static EncodeOptions forModel(Cut cut) {
    return new EncodeOptions(true, cut, false);
  }

  /** Sequences for an encoder, with what each of their tokens is. */
  public static EncodeOptions described(Cut cut) {
    return new EncodeOptions(true, cut, true);
  }
}
