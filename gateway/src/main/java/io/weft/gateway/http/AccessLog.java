package io.weft.gateway.http;

import io.opentelemetry.api.trace.Span;
import io.weft.gateway.GatewayConfig;
import jakarta.inject.Singleton;
import java.util.Locale;
import org.jboss.logging.Logger;

/**
 * One line for each request and call that is over, in logfmt: {@code key=value} pairs that tell
 * what was called, by whom and what came of it, and never what was in it. Switched on by {@code
 * weft.gateway.access-log}. Thread-safe.
 */
@Singleton
final class AccessLog {
  private static final Logger LOG = Logger.getLogger("io.weft.access");

  private final boolean enabled;

  AccessLog(GatewayConfig config) {
    this.enabled = config.accessLog();
  }

  /**
   * What a line tells.
   *
   * @param route the route's template, or the gRPC method's full name
   * @param status of HTTP, or the name of gRPC's
   * @param tenant the key's name, or what tells callers without keys apart
   * @param trace id of the trace; zeros where there is none
   * @param durationNs from arrival to the end
   * @param firstTokenNs from arrival to the first generated text; negative where there was none
   */
  record Entry(
      String route,
      String status,
      String tenant,
      String trace,
      long durationNs,
      long firstTokenNs) {}

  /** Id of the trace that the calling thread works for. */
  static String currentTrace() {
    return Span.current().getSpanContext().getTraceId();
  }

  void write(Entry entry) {
    if (!enabled) {
      return;
    }
    StringBuilder line = new StringBuilder(160);
    line.append("route=").append(entry.route());
    line.append(" status=").append(entry.status());
    line.append(" duration_ms=").append(milliseconds(entry.durationNs()));
    if (entry.firstTokenNs() >= 0) {
      line.append(" ttft_ms=").append(milliseconds(entry.firstTokenNs()));
    }
    line.append(" tenant=").append(quoted(entry.tenant()));
    line.append(" trace_id=").append(entry.trace());
    LOG.info(line);
  }

  private static String milliseconds(long ns) {
    return String.format(Locale.ROOT, "%.1f", ns / 1e6);
  }

  /** Callers may choose what tells them apart, so it must not end the line or begin a field. */
  private static String quoted(String value) {
    StringBuilder quoted = new StringBuilder("\"");
    value
        .codePoints()
        .limit(64)
        .map(c -> Character.isLetterOrDigit(c) || "-_.:@/".indexOf(c) >= 0 ? c : '?')
        .forEach(quoted::appendCodePoint);
    return quoted.append('"').toString();
  }
}
