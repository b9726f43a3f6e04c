package io.weft.importer.download.hub;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Tells how a download goes: on a terminal one line that is written anew four times a second, else
 * a plain line every ten seconds. Thread-safe.
 */
public final class TransferProgress {
  private static final long TERMINAL_INTERVAL_NS = 250_000_000L;
  private static final long PLAIN_INTERVAL_NS = 10_000_000_000L;
  private static final String CLEAR_LINE = "\r\u001b[K";

  private final PrintWriter out;
  private final Screen screen;
  private final LongSupplier clockNs;
  private int files;
  private long total;
  private long done;
  private long startBytes;
  private long startNs;
  private long shownBytes;
  private long shownNs;
  private double rate;

  /**
   * @param out where lines go
   * @param screen what {@code out} is
   */
  public TransferProgress(PrintWriter out, Screen screen) {
    this(out, screen, System::nanoTime);
  }

  TransferProgress(PrintWriter out, Screen screen, LongSupplier clockNs) {
    this.out = out;
    this.screen = screen;
    this.clockNs = clockNs;
  }

  /**
   * A transfer begins.
   *
   * @param fileCount files of it
   * @param bytes of all files together
   * @param received bytes that are there from before
   */
  synchronized void begin(int fileCount, long bytes, long received) {
    files = fileCount;
    total = bytes;
    done = received;
    startBytes = received;
    shownBytes = received;
    startNs = clockNs.getAsLong();
    shownNs = startNs;
    rate = 0;
    println(
        "Fetching %s, %s%s"
            .formatted(
                count(files),
                ProgressText.size(total),
                received == 0 ? "" : " (%s are there)".formatted(ProgressText.size(received))));
  }

  /** Bytes arrived; fewer than 0 when some are to be fetched again. */
  synchronized void moved(long bytes) {
    done += bytes;
    long now = clockNs.getAsLong();
    long elapsed = now - shownNs;
    if (elapsed < (screen.terminal() ? TERMINAL_INTERVAL_NS : PLAIN_INTERVAL_NS)) {
      return;
    }
    double current = Math.max(0, done - shownBytes) / (elapsed / 1e9);
    // Smoothed on a terminal, where an interval is short.
    rate = rate == 0 || !screen.terminal() ? current : 0.8 * rate + 0.2 * current;
    shownBytes = done;
    shownNs = now;
    if (screen.terminal()) {
      out.print(CLEAR_LINE + ProgressText.bar(done, total, rate, screen.width() - 1));
      out.flush();
    } else {
      println(ProgressText.plain(done, total, rate));
    }
  }

  /** A line of its own, such as why a file is fetched again. */
  synchronized void note(String line) {
    println(line);
  }

  /** All is there. */
  synchronized void end() {
    double seconds = (clockNs.getAsLong() - startNs) / 1e9;
    println(
        String.format(
            Locale.ROOT,
            "Fetched %s, %s in %.1f s",
            count(files),
            ProgressText.size(done - startBytes),
            seconds));
  }

  /** Takes the line away that is written anew, for whoever writes next. */
  synchronized void clear() {
    if (screen.terminal()) {
      out.print(CLEAR_LINE);
      out.flush();
    }
  }

  private static String count(int files) {
    return files == 1 ? "1 file" : "%d files".formatted(files);
  }

  private void println(String line) {
    out.println(screen.terminal() ? CLEAR_LINE + line : line);
    out.flush();
  }
}
