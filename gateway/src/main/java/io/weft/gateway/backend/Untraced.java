package io.weft.gateway.backend;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.util.function.Supplier;

/**
 * Runs calls that should not fill the traces: below a parent that is not sampled, so that neither
 * this service nor the called one records a span.
 */
final class Untraced {
  private static final Span PARENT =
      Span.wrap(
          SpanContext.create(
              "00000000000000000000000000000001",
              "0000000000000001",
              TraceFlags.getDefault(),
              TraceState.getDefault()));

  private Untraced() {}

  static <T> T call(Supplier<T> calls) {
    try (Scope _ = Context.root().with(PARENT).makeCurrent()) {
      return calls.get();
    }
  }

  static void run(Runnable calls) {
    try (Scope _ = Context.root().with(PARENT).makeCurrent()) {
      calls.run();
    }
  }
}
