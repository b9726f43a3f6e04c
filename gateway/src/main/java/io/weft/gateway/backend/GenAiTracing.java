package io.weft.gateway.backend;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import io.weft.gateway.GatewayConfig;
import io.weft.runtime.error.WeftException;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Spans of what models do for a request, with the attributes of OpenTelemetry's <a
 * href="https://opentelemetry.io/docs/specs/semconv/gen-ai/">GenAI semantic conventions</a>. What
 * was asked and answered is in them only where {@code weft.gateway.trace-content} says so.
 */
@Singleton
public final class GenAiTracing {
  private static final String CHAT = "chat";
  private static final String COMPLETION = "text_completion";
  private static final String EMBEDDINGS = "embeddings";

  private final Tracer tracer;
  private final boolean content;

  GenAiTracing(Tracer tracer, GatewayConfig config) {
    this.tracer = tracer;
    this.content = config.traceContent();
  }

  /** Begins the span of a generation: a chat's if its prompt was made of messages. */
  GenerationTrace generation(GenerationRequest request) {
    String operation = request.promptParam().startsWith("prompt") ? COMPLETION : CHAT;
    GenerationOptions options = request.options();
    Sampling sampling = options.sampling();
    SpanBuilder span =
        begin(operation, request.model())
            .setAttribute("gen_ai.request.choice.count", options.n())
            .setAttribute(
                "gen_ai.usage.input_tokens",
                request.prompts().stream().mapToLong(TokenIds::size).sum());
    Integer maxTokens = options.stop().maxTokens();
    if (maxTokens != null) {
      span.setAttribute("gen_ai.request.max_tokens", maxTokens);
    }
    number(span, "temperature", sampling.temperature());
    number(span, "top_p", sampling.topP());
    number(span, "top_k", sampling.topK());
    number(span, "frequency_penalty", sampling.frequencyPenalty());
    number(span, "presence_penalty", sampling.presencePenalty());
    Long seed = sampling.seed();
    if (seed != null) {
      span.setAttribute("gen_ai.request.seed", seed);
    }
    return new GenerationTrace(span.startSpan(), content);
  }

  /** Runs a call that embeds sequences within its span. */
  <R> R embeddings(String model, List<EncodedText> sequences, Supplier<R> call) {
    Span span =
        begin(EMBEDDINGS, model)
            .setAttribute(
                "gen_ai.usage.input_tokens",
                sequences.stream().mapToLong(text -> text.ids().size()).sum())
            .startSpan();
    try (Scope _ = span.makeCurrent()) {
      return call.get();
    } catch (WeftException e) {
      fail(span, e);
      throw e;
    } finally {
      span.end();
    }
  }

  /** Says why a span's work failed; messages stay out of it. */
  static void fail(Span span, WeftException failure) {
    span.setAttribute("error.type", failure.reason());
    span.setStatus(StatusCode.ERROR, failure.reason());
  }

  private SpanBuilder begin(String operation, String model) {
    return tracer
        .spanBuilder(operation + " " + model)
        .setSpanKind(SpanKind.CLIENT)
        .setAttribute("gen_ai.operation.name", operation)
        .setAttribute("gen_ai.provider.name", "weft")
        .setAttribute("gen_ai.request.model", model)
        .setAttribute("gen_ai.response.model", model);
  }

  private static void number(SpanBuilder span, String name, @Nullable Number value) {
    if (value != null) {
      span.setAttribute("gen_ai.request." + name, value.doubleValue());
    }
  }
}
