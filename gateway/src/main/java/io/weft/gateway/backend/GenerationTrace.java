package io.weft.gateway.backend;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Scope;
import io.weft.gateway.backend.GenerationEvent.Accepted;
import io.weft.gateway.backend.GenerationEvent.Delta;
import io.weft.gateway.backend.GenerationEvent.Finished;
import io.weft.runtime.error.WeftException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The span of one generation, from its submission to its end. Belongs to the thread that serves the
 * request; ends once.
 */
public final class GenerationTrace {
  private static final AttributeKey<List<String>> FINISH_REASONS =
      AttributeKey.stringArrayKey("gen_ai.response.finish_reasons");

  private final Span span;
  private final long startedNs = System.nanoTime();

  /** Why each sequence ended, in their order. */
  private final Map<Integer, String> reasons = new TreeMap<>();

  /** What each sequence said; null where it is not to be told. */
  private final @Nullable Map<Integer, StringBuilder> texts;

  private boolean hasText;
  private long cachedTokens;
  private long outputTokens;
  private boolean ended;

  /**
   * @param content whether the texts are to be told
   */
  GenerationTrace(Span span, boolean content) {
    this.span = span;
    this.texts = content && span.isRecording() ? new TreeMap<>() : null;
  }

  /** Of nobody. */
  static GenerationTrace none() {
    return new GenerationTrace(Span.getInvalid(), false);
  }

  /** Runs what starts the calls, whose spans become children of this one. */
  void within(Runnable calls) {
    try (Scope _ = span.makeCurrent()) {
      calls.run();
    }
  }

  /** Tells what was asked, where that is wanted. */
  public void input(Supplier<List<ChatMessage>> messages) {
    if (texts != null) {
      ArrayNode all = JsonNodeFactory.instance.arrayNode();
      messages.get().forEach(message -> all.add(json(message.role(), message.content())));
      span.setAttribute("gen_ai.input.messages", all.toString());
    }
  }

  void event(GenerationEvent event) {
    switch (event) {
      case Accepted accepted -> cachedTokens += accepted.cachedTokens();
      case Delta delta -> {
        if (!hasText) {
          hasText = true;
          span.setAttribute(
              "gen_ai.response.time_to_first_chunk", (System.nanoTime() - startedNs) / 1e9);
        }
        append(delta.sequence(), delta.text());
      }
      case Finished finished -> {
        outputTokens += finished.completionTokens();
        reasons.put(finished.sequence(), finished.reason().name().toLowerCase(Locale.ROOT));
        append(finished.sequence(), finished.text());
      }
    }
  }

  /** All sequences have ended. */
  void finish() {
    if (!ended) {
      ended = true;
      span.setAttribute(FINISH_REASONS, List.copyOf(reasons.values()));
      tellUsage();
      span.end();
    }
  }

  void fail(WeftException failure) {
    if (!ended) {
      ended = true;
      GenAiTracing.fail(span, failure);
      tellUsage();
      span.end();
    }
  }

  private void tellUsage() {
    span.setAttribute("gen_ai.usage.output_tokens", outputTokens);
    span.setAttribute("gen_ai.usage.cache_read.input_tokens", cachedTokens);
    if (texts != null) {
      ArrayNode all = JsonNodeFactory.instance.arrayNode();
      texts.forEach(
          (sequence, text) ->
              all.add(
                  json("assistant", text.toString())
                      .put("finish_reason", reasons.getOrDefault(sequence, "error"))));
      span.setAttribute("gen_ai.output.messages", all.toString());
    }
  }

  private void append(int sequence, String text) {
    if (texts != null) {
      texts.computeIfAbsent(sequence, _ -> new StringBuilder()).append(text);
    }
  }

  private static ObjectNode json(String role, String text) {
    ObjectNode message = JsonNodeFactory.instance.objectNode().put("role", role);
    message.putArray("parts").addObject().put("type", "text").put("content", text);
    return message;
  }
}
