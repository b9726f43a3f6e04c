package io.weft.generator.engine;

/**
 * Guesses how a sequence goes on, for the model to verify several tokens in one run: the last few
 * tokens are looked up in all that stands before them, and what followed there is the draft
 * (Saxena, Prompt Lookup Decoding, 2023). Texts that repeat their prompt, as summaries and edits
 * do, are often guessed right. After wrong guesses it pauses, each time for longer, until one is
 * right again. Belongs to the engine's thread.
 */
final class Drafter {
  /** Longest draft. */
  static final int LONGEST = 16;

  private static final int MAX_NGRAM = 3;
  private static final int MIN_NGRAM = 2;
  private static final int MAX_PAUSE = 64;

  private final TokenHistory tokens;

  /** The sequence's last token, then the draft: what the model is to run. */
  private final int[] run = new int[1 + LONGEST];

  private int drafted;

  /** Wrong drafts since the last right one. */
  private int failures;

  /** Steps until the next draft. */
  private int pause;

  Drafter(TokenHistory tokens) {
    this.tokens = tokens;
  }

  /**
   * Makes the draft of the next step.
   *
   * @param most tokens that it may have
   * @return how many it has; 0 when nothing was found, or while it pauses
   */
  int propose(int most) {
    drafted = 0;
    if (pause > 0) {
      pause--;
      return 0;
    }
    int length = tokens.length();
    run[0] = tokens.id(length - 1);
    for (int n = MAX_NGRAM; n >= MIN_NGRAM && drafted == 0; n--) {
      int after = find(n);
      while (after > 0 && drafted < Math.min(most, LONGEST) && after + drafted < length) {
        run[1 + drafted] = tokens.id(after + drafted);
        drafted++;
      }
    }
    return drafted;
  }

  /** The sequence's last token and the draft. */
  int[] run() {
    return run;
  }

  int drafted() {
    return drafted;
  }

  /** Whether token {@code i} of the draft is this one. */
  boolean guessed(int i, int token) {
    return i < drafted && run[1 + i] == token;
  }

  /** Says how many tokens of the draft were right; less than half is not worth the run. */
  void verified(int accepted) {
    if (2 * accepted >= drafted) {
      failures = 0;
    } else {
      failures = Math.min(failures + 1, Integer.numberOfTrailingZeros(MAX_PAUSE));
      pause = 1 << failures;
    }
  }

  /** Where the last occurrence but one of the last n tokens ends, or 0. */
  private int find(int n) {
    int length = tokens.length();
    for (int end = length - 1; end >= n; end--) {
      int matched = 0;
      while (matched < n && tokens.id(end - 1 - matched) == tokens.id(length - 1 - matched)) {
        matched++;
      }
      if (matched == n) {
        return end;
      }
    }
    return 0;
  }
}
