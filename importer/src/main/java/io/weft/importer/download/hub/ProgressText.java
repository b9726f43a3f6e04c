package io.weft.importer.download.hub;

import java.time.Duration;
import java.util.Locale;

/** How far a transfer is, in words. Sizes are decimal: 1 MB is 1,000,000 bytes. */
final class ProgressText {
  private static final int LONGEST_BAR = 40;
  private static final int SHORTEST_BAR = 8;

  private ProgressText() {}

  /**
   * One line of at most {@code width} characters: {@code 42% [#### ] 512.0 MB of 1.2 GB 9.1 MB/s
   * 1:17 left}. The bar goes first where the line is short, then what stands last.
   *
   * @param rate bytes a second
   */
  static String bar(long done, long total, double rate, int width) {
    int percent = percent(done, total);
    String line = String.format(Locale.ROOT, "%3d%%", percent);
    String text =
        "  %s of %s  %s/s  %s left"
            .formatted(size(done), size(total), size((long) rate), left(done, total, rate));
    int room = Math.min(LONGEST_BAR, width - line.length() - text.length() - 3);
    if (room >= SHORTEST_BAR) {
      int filled = room * percent / 100;
      line += " [" + "#".repeat(filled) + " ".repeat(room - filled) + "]";
    }
    String whole = line + text;
    return whole.substring(0, Math.clamp(width, 0, whole.length()));
  }

  /** The same for a log. */
  static String plain(long done, long total, double rate) {
    return "%d %%: %s of %s, %s/s, %s left"
        .formatted(
            percent(done, total),
            size(done),
            size(total),
            size((long) rate),
            left(done, total, rate));
  }

  static String size(long bytes) {
    if (bytes < 1_000) {
      return bytes + " B";
    }
    String units = "kMGTPE";
    double value = bytes / 1e3;
    int unit = 0;
    // Below 999.95, so that rounding does not make it 1000.0.
    while (value >= 999.95) {
      value /= 1e3;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %sB", value, units.charAt(unit));
  }

  private static int percent(long done, long total) {
    return total == 0 ? 100 : (int) Math.clamp(Math.floor(100.0 * done / total), 0, 100);
  }

  private static String left(long done, long total, double rate) {
    if (rate < 1) {
      return "?";
    }
    Duration left = Duration.ofSeconds((long) Math.ceil(Math.max(0, total - done) / rate));
    return left.toHours() > 0
        ? String.format(
            Locale.ROOT, "%d:%02d:%02d", left.toHours(), left.toMinutesPart(), left.toSecondsPart())
        : String.format(Locale.ROOT, "%d:%02d", left.toMinutes(), left.toSecondsPart());
  }
}
