package io.weft.gateway.generation;

import io.weft.gateway.backend.GenerationEvent.FinishReason;

/** Finish reasons in OpenAI's words. */
public final class FinishReasons {
  private FinishReasons() {}

  /** {@code stop} or {@code length}. */
  public static String of(FinishReason reason) {
    return switch (reason) {
      case STOP -> "stop";
      case LENGTH -> "length";
    };
  }
}
