package io.weft.importer.download.hub;

import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;

/**
 * Does something again while it fails for reasons that pass, after 0.5, 1, 2, 4 seconds or after as
 * long as the server asks for.
 *
 * @param pauses how to wait
 * @param notes told of each wait
 */
record Retries(Pauses pauses, Notes notes) {
  static final int ATTEMPTS = 5;

  /** The hub counts requests in windows of five minutes. */
  static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

  private static final Duration FIRST_WAIT = Duration.ofMillis(500);

  /**
   * Runs {@code attempt} until it succeeds, fails for good or has failed {@link #ATTEMPTS} times
   * without getting further.
   *
   * @param what is named in notes and errors
   */
  <T> T run(String what, Attempt<T> attempt) throws IOException {
    int failures = 0;
    for (; ; ) {
      long before = attempt.position();
      try {
        return attempt.run();
      } catch (TransientFailure failure) {
        failures = attempt.position() > before ? 1 : failures + 1;
        Duration wait = FIRST_WAIT.multipliedBy(1L << (failures - 1));
        Duration asked = failure.retryAfter();
        if (asked != null) {
          wait = asked;
        }
        if (failures == ATTEMPTS || wait.compareTo(LONGEST_WAIT) > 0) {
          throw new ImportException(
              "cannot fetch %s: %s (%s); what was received is kept, so try again%s"
                  .formatted(
                      what,
                      failure.getMessage(),
                      failures == 1 ? "1 attempt" : failures + " attempts",
                      asked == null ? "" : " in %,d s".formatted(asked.toSeconds())),
              failure);
        }
        notes.note(
            String.format(
                Locale.ROOT,
                "%s: %s; again in %.1f s",
                what,
                failure.getMessage(),
                wait.toMillis() / 1e3));
        pause(wait);
      }
    }
  }

  private void pause(Duration wait) {
    try {
      pauses.sleep(wait);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ImportException("interrupted", e);
    }
  }

  /** Something that can be done again. */
  interface Attempt<T> {
    T run() throws IOException;

    /** How far it is, in bytes; one that gets further may fail as often as it likes. */
    default long position() throws IOException {
      return 0;
    }
  }

  /** {@code Thread::sleep}, but in tests. */
  @FunctionalInterface
  interface Pauses {
    void sleep(Duration duration) throws InterruptedException;
  }

  /** Where a line for the user goes. */
  @FunctionalInterface
  interface Notes {
    void note(String line);
  }
}
