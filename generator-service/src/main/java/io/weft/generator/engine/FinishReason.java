package io.weft.generator.engine;

import java.util.Locale;

/** Why a sequence ended. */
public enum FinishReason {
  /** A token or a string that ends it. */
  STOP,
  /** The most tokens that were asked for, or that the context holds. */
  LENGTH;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
