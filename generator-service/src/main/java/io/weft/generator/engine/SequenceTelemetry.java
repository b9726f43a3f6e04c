package io.weft.generator.engine;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.weft.runtime.error.WeftException;
import java.util.List;

/**
 * What is told of one sequence: a span from submission to end, with an event for each stage and
 * OpenTelemetry's <a href="https://opentelemetry.io/docs/specs/semconv/gen-ai/">GenAI
 * attributes</a>, and the {@link VllmMetrics} of its end. Belongs to the engine's thread; ends
 * once.
 */
final class SequenceTelemetry {
  private static final AttributeKey<List<String>> FINISH_REASONS =
      AttributeKey.stringArrayKey("gen_ai.response.finish_reasons");

  private final Span span;
  private final VllmMetrics metrics;
  private final Generation generation;
  private final int index;

  private SequenceTelemetry(Span span, VllmMetrics metrics, Generation generation, int index) {
    this.span = span;
    this.metrics = metrics;
    this.generation = generation;
    this.index = index;
  }

  /** Begins when a sequence gets its slot; the time before belongs to the span. */
  static SequenceTelemetry begin(
      Tracer tracer, VllmMetrics metrics, String model, Generation generation, int index) {
    int promptTokens = generation.request().prompt().givenTokens();
    Span span =
        tracer
            .spanBuilder("generator.sequence")
            .setParent(generation.traceContext())
            .setStartTimestamp(generation.submitted())
            .setAttribute("gen_ai.operation.name", "text_completion")
            .setAttribute("gen_ai.provider.name", "weft")
            .setAttribute("gen_ai.request.model", model)
            .setAttribute("gen_ai.response.model", model)
            .setAttribute("gen_ai.usage.input_tokens", promptTokens)
            .setAttribute("weft.sequence_index", index)
            .startSpan();
    span.addEvent("slot");
    return new SequenceTelemetry(span, metrics, generation, index);
  }

  /** The whole prompt was read. All sequences of a request have the same prompt, counted once. */
  void prefilled() {
    span.addEvent("prefilled");
    if (index == 0) {
      metrics.prompt(generation.request().prompt().givenTokens());
    }
  }

  void firstToken() {
    span.addEvent("first_token");
  }

  void finished(FinishReason reason, Usage usage) {
    span.setAttribute(FINISH_REASONS, List.of(reason.toString()));
    span.setAttribute("gen_ai.usage.output_tokens", usage.completionTokens());
    span.setAttribute("gen_ai.usage.cache_read.input_tokens", usage.cachedTokens());
    span.setAttribute("gen_ai.response.time_to_first_chunk", usage.timeToFirstTokenNs() / 1e9);
    span.end();
    metrics.finished(reason.toString(), usage, generation.queueTimeNs());
  }

  void failed(WeftException failure, int completionTokens) {
    span.setAttribute("gen_ai.usage.output_tokens", completionTokens);
    span.setAttribute("error.type", failure.reason());
    span.setStatus(StatusCode.ERROR, failure.reason());
    span.end();
    metrics.failed(failure);
  }
}
