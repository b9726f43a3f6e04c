package io.weft.gateway.error;

import io.weft.runtime.error.WeftException;
import org.jspecify.annotations.Nullable;

/**
 * A throwable's classes and stack frames without its messages, which may quote a request. Only the
 * messages of {@link WeftException}s, which never do, are kept.
 */
final class WithoutText extends RuntimeException {
  private static final int MAX_CAUSES = 8;

  private WithoutText(Throwable original, @Nullable Throwable cause) {
    super(
        original instanceof WeftException
            ? original.getClass().getName() + ": " + original.getMessage()
            : original.getClass().getName(),
        cause);
    setStackTrace(original.getStackTrace());
  }

  static WithoutText of(Throwable original) {
    return of(original, MAX_CAUSES);
  }

  private static WithoutText of(Throwable original, int causes) {
    Throwable cause = original.getCause();
    return new WithoutText(original, cause == null || causes == 0 ? null : of(cause, causes - 1));
  }
}
