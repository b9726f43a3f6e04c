package io.weft.gateway.backend;

import io.weft.runtime.error.WeftException;
import java.util.Map;

/**
 * Bounds the label scores of one request. A batch is classified in parts, so no part's own bound
 * holds for all of them, and each score takes some 150 bytes until it is answered.
 */
public final class LabelBounds {
  /** Most scores: sequences times labels. */
  static final long MAX = 262_144;

  private LabelBounds() {}

  /**
   * Refuses a request that would have too many.
   *
   * @param labels of the model
   * @param param what the request calls its sequences
   */
  public static void check(int sequences, int labels, String param) {
    long scores = (long) sequences * labels;
    if (scores > MAX) {
      throw new WeftException.InvalidRequest(
          "REPLY_TOO_LARGE",
          "%s: %,d sequences with %,d labels are %,d scores > %,d: send fewer"
              .formatted(param, sequences, labels, scores, MAX),
          Map.of("param", param));
    }
  }
}
