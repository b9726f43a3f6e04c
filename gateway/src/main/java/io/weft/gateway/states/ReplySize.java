package io.weft.gateway.states;

import io.weft.runtime.error.WeftException;
import java.util.Map;

/** Bounds answers that hold a number for each of many things. */
final class ReplySize {
  /** Most numbers of one answer; as JSON they take some 50 MB. */
  static final long MAX_VALUES = 4_194_304;

  private ReplySize() {}

  /**
   * Refuses a request whose answer would be too large.
   *
   * @param values how many numbers it would hold
   * @param remedy what to ask for instead
   * @param param what the request calls its texts
   */
  static void check(long values, String remedy, String param) {
    if (values > MAX_VALUES) {
      throw new WeftException.InvalidRequest(
          "REPLY_TOO_LARGE",
          "the answer would hold %,d numbers > %,d: %s".formatted(values, MAX_VALUES, remedy),
          Map.of("param", param));
    }
  }
}
