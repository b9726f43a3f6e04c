package io.weft.generator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.weft.runtime.error.WeftException;
import org.junit.jupiter.api.Test;

class SequenceSpanTest {
  private final InMemorySpanExporter exporter = InMemorySpanExporter.create();
  private final Tracer tracer =
      SdkTracerProvider.builder()
          .addSpanProcessor(SimpleSpanProcessor.create(exporter))
          .build()
          .get("test");

  @Test
  void aFinishedSequenceSaysWhyAndHowLong() {
    SequenceSpan span = begin();
    span.prefilled();
    span.firstToken();
    span.finished(FinishReason.STOP, new Usage(3, 17, 0, 1, 2));

    SpanData data = exporter.getFinishedSpanItems().getFirst();
    assertThat(data.getName()).isEqualTo("generator.sequence");
    assertThat(data.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    assertThat(data.getAttributes().get(AttributeKey.stringKey("weft.model"))).isEqualTo("m");
    assertThat(data.getAttributes().get(AttributeKey.longKey("weft.sequence_index"))).isEqualTo(2);
    assertThat(data.getAttributes().get(AttributeKey.longKey("weft.prompt_tokens"))).isEqualTo(3);
    assertThat(data.getAttributes().get(AttributeKey.longKey("weft.completion_tokens")))
        .isEqualTo(17);
    assertThat(data.getAttributes().get(AttributeKey.stringKey("weft.finish_reason")))
        .isEqualTo("stop");
    assertThat(data.getEvents()).hasSize(3);
  }

  @Test
  void aFailedSequenceHasAnError() {
    begin().failed(new WeftException.Cancelled("the caller left"), 4);

    SpanData data = exporter.getFinishedSpanItems().getFirst();
    assertThat(data.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(data.getStatus().getDescription()).isEqualTo("CANCELLED");
    assertThat(data.getAttributes().get(AttributeKey.longKey("weft.completion_tokens")))
        .isEqualTo(4);
  }

  @Test
  void belongsUnderTheSpanOfItsRequest() {
    Span parent = tracer.spanBuilder("call").startSpan();
    Generation generation =
        new Generation(
            Requests.greedy(5, 1, 2, 3),
            new RecordingSink(),
            0,
            Generation.NO_DEADLINE,
            Context.root().with(parent));
    SequenceSpan.begin(tracer, "m", generation, 0)
        .finished(FinishReason.LENGTH, new Usage(3, 5, 0, 1, 2));

    assertThat(exporter.getFinishedSpanItems().getFirst().getParentSpanId())
        .isEqualTo(parent.getSpanContext().getSpanId());
  }

  private SequenceSpan begin() {
    Generation generation =
        new Generation(
            Requests.greedy(5, 1, 2, 3),
            new RecordingSink(),
            0,
            Generation.NO_DEADLINE,
            Context.root());
    return SequenceSpan.begin(tracer, "m", generation, 2);
  }
}
