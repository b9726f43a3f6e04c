package io.weft.generator.engine;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.weft.runtime.error.WeftException;

/**
 * The trace of one sequence: a span from submission to end, with an event for each stage. Ends
 * once.
 */
final class SequenceSpan {
  private final Span span;

  private SequenceSpan(Span span) {
    this.span = span;
  }

  /** Begins when a sequence gets its slot; the time before belongs to the span. */
  static SequenceSpan begin(Tracer tracer, String model, Generation generation, int index) {
    Span span =
        tracer
            .spanBuilder("generator.sequence")
            .setParent(generation.traceContext())
            .setStartTimestamp(generation.submitted())
            .setAttribute("weft.model", model)
            .setAttribute("weft.sequence_index", index)
            .setAttribute("weft.prompt_tokens", generation.request().prompt().givenTokens())
            .startSpan();
    span.addEvent("slot");
    return new SequenceSpan(span);
  }

  void prefilled() {
    span.addEvent("prefilled");
  }

  void firstToken() {
    span.addEvent("first_token");
  }

  void finished(FinishReason reason, Usage usage) {
    span.setAttribute("weft.finish_reason", reason.toString());
    span.setAttribute("weft.completion_tokens", usage.completionTokens());
    span.end();
  }

  void failed(WeftException failure, int completionTokens) {
    span.setAttribute("weft.completion_tokens", completionTokens);
    span.setStatus(StatusCode.ERROR, failure.reason());
    span.end();
  }
}
