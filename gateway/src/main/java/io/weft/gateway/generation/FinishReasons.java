package io.weft.gateway.generation;

import io.weft.gateway.backend.GenerationEvent.FinishReason;

/** Finish reasons in OpenAI's words. */
public final class FinishReasons {
  private FinishReasons() {}

  /**
   * {@code tool_calls}, {@code stop} or {@code length}.
   *
   * @param hasCalls whether the sequence calls tools
   */
  public static String of(FinishReason reason, boolean hasCalls) {
    return hasCalls && reason == FinishReason.STOP ? "tool_calls" : of(reason);
  }

  /** {@code stop} or {@code length}. */
  public static String of(FinishReason reason) {
    return switch (reason) {
      case STOP -> "stop";
      case LENGTH -> "length";
    };
  }
}
