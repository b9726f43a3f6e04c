package io.weft.gateway.security;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * OpenAI's headers of limits: {@code x-ratelimit-limit-requests}, {@code -remaining-requests},
 * {@code -reset-requests} (the time until all are there again, such as {@code 1m30s}), and the same
 * of tokens.
 */
final class RateLimitHeaders {
  private static final long MINUTE_MS = 60_000;

  private RateLimitHeaders() {}

  static void add(Map<String, String> headers, String unit, long perMinute, @Nullable Rate rate) {
    if (rate == null) {
      return;
    }
    long available = rate.available();
    headers.put("x-ratelimit-limit-" + unit, Long.toString(perMinute));
    headers.put("x-ratelimit-remaining-" + unit, Long.toString(Math.max(0, available)));
    double missing = (double) (perMinute - available) / perMinute;
    headers.put(
        "x-ratelimit-reset-" + unit, show(Duration.ofMillis(Math.round(missing * MINUTE_MS))));
  }

  /** Below a second in milliseconds, else in minutes and seconds, rounded up. */
  static String show(Duration time) {
    if (time.compareTo(Duration.ofMillis(999)) <= 0) {
      return time.plusNanos(999_999).toMillis() + "ms";
    }
    long seconds = time.plusNanos(999_999_999).toSeconds();
    return seconds < 60 ? seconds + "s" : seconds / 60 + "m" + seconds % 60 + "s";
  }
}
