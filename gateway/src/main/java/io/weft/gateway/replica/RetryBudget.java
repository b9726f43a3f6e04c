package io.weft.gateway.replica;

/**
 * How much may be tried again: gRPC's retry throttling (proposal A6). A failure takes one token, a
 * success gives back a tenth of one; while half of them or fewer are left, nothing is tried again.
 * So a sudden loss of many calls is made good, but where everything fails, tries do not multiply.
 * Unary calls have a budget of the same size from gRPC itself. Thread-safe.
 */
public final class RetryBudget {
  /** Most tokens; gRPC allows no more. */
  public static final int TOKENS = 1000;

  /** What a success gives back. */
  public static final double RATIO = 0.1;

  private double tokens = TOKENS;

  /** A call ended well. */
  public synchronized void success() {
    tokens = Math.min(TOKENS, tokens + RATIO);
  }

  /**
   * A call failed.
   *
   * @return whether it may be tried again
   */
  public synchronized boolean failure() {
    tokens = Math.max(0, tokens - 1);
    return tokens > TOKENS / 2.0;
  }
}
