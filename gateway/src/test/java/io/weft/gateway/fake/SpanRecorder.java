package io.weft.gateway.fake;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.weft.gateway.Http;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.List;

/** Keeps the gateway's own spans. */
@Singleton
public final class SpanRecorder {
  private static final InMemorySpanExporter SPANS = InMemorySpanExporter.create();

  @Produces
  @Singleton
  SpanProcessor processor() {
    return SimpleSpanProcessor.create(SPANS);
  }

  /** Waits for the only span of this name in a trace, which ends a moment after the answer. */
  public static SpanData await(String trace, String name) {
    Http.await("a span " + name, () -> !find(trace, name).isEmpty());
    assertThat(find(trace, name)).hasSize(1);
    return find(trace, name).getFirst();
  }

  private static List<SpanData> find(String trace, String name) {
    return SPANS.getFinishedSpanItems().stream()
        .filter(span -> span.getTraceId().equals(trace) && span.getName().equals(name))
        .toList();
  }
}
