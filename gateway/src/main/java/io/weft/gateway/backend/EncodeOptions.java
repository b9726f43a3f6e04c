package io.weft.gateway.backend;

import org.jspecify.annotations.Nullable;

/**
 * How texts are encoded.
 *
 * @param specialTokens add the model's special tokens
 * @param cut what happens to a text that is longer than the model's context
 * @param detail what is returned of each token beside its id
 * @param windows cut the second text of a pair into overlapping windows; null: do not
 */
public record EncodeOptions(
    boolean specialTokens, Cut cut, Detail detail, @Nullable Windows windows) {
  /** What happens to a text that is too long. */
  public enum Cut {
    /** It fails. */
    NONE,
    /** Its end goes; of a pair, that of the longer text. */
    END,
    /** Its start goes; of a pair, that of the longer text. */
    START
  }

  /** What is returned of each token. */
  public enum Detail {
    /** Its id and segment. */
    IDS,
    /** Its text, place, sequence and word too. */
    TOKENS,
    /** The same, with words as transformers' TokenClassificationPipeline sees them. */
    TOKENS_OF_PIPELINE_WORDS
  }

  /**
   * Windows over a long passage.
   *
   * @param maxTokens longest window, special tokens and the first text included
   * @param stride tokens of the passage that neighbouring windows share
   */
  public record Windows(int maxTokens, int stride) {}

  /** Without windows. */
  public EncodeOptions(boolean specialTokens, Cut cut, boolean tokens) {
    this(specialTokens, cut, tokens ? Detail.TOKENS : Detail.IDS, null);
  }

  /** Sequences for an encoder. */
  public static EncodeOptions forModel(Cut cut) {
    return new EncodeOptions(true, cut, false);
  }

  /** Sequences for an encoder, with what each of their tokens is. */
  public static EncodeOptions described(Cut cut) {
    return new EncodeOptions(true, cut, true);
  }

  /** Sequences whose tokens are to be labelled. */
  public static EncodeOptions tagged(Cut cut) {
    return new EncodeOptions(true, cut, Detail.TOKENS_OF_PIPELINE_WORDS, null);
  }

  /** Sequences of a question and a part of its passage each. */
  public static EncodeOptions windows(int maxTokens, int stride) {
    return new EncodeOptions(true, Cut.NONE, Detail.TOKENS, new Windows(maxTokens, stride));
  }
}
