package io.weft.generator.engine;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
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
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

class SequenceTelemetryTest {
  private final InMemorySpanExporter exporter = InMemorySpanExporter.create();
  private final Tracer tracer =
      SdkTracerProvider.builder()
          .addSpanProcessor(SimpleSpanProcessor.create(exporter))
          .build()
          .get("test");
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final VllmMetrics metrics = new VllmMetrics(registry, "m", new LongAdder());

  @Test
  void aFinishedSequenceSaysWhyAndHowLong() {
    SequenceTelemetry span = begin();
    span.prefilled();
    span.firstToken();
    span.finished(FinishReason.STOP, new Usage(3, 17, 0, 2_500_000_000L, 8_000_000_000L));

    SpanData data = exporter.getFinishedSpanItems().getFirst();
    assertThat(data.getName()).isEqualTo("generator.sequence");
    assertThat(data.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    assertThat(data.getAttributes().get(AttributeKey.stringKey("gen_ai.request.model")))
        .isEqualTo("m");
    assertThat(data.getAttributes().get(AttributeKey.longKey("weft.sequence_index"))).isEqualTo(2);
    assertThat(data.getAttributes().get(AttributeKey.longKey("gen_ai.usage.input_tokens")))
        .isEqualTo(3);
    assertThat(data.getAttributes().get(AttributeKey.longKey("gen_ai.usage.output_tokens")))
        .isEqualTo(17);
    assertThat(
            data.getAttributes().get(AttributeKey.stringArrayKey("gen_ai.response.finish_reasons")))
        .containsExactly("stop");
    assertThat(
            data.getAttributes().get(AttributeKey.doubleKey("gen_ai.response.time_to_first_chunk")))
        .isEqualTo(2.5);
    assertThat(data.getEvents()).hasSize(3);
    assertThat(ended("stop")).isEqualTo(1);
    assertThat(registry.get("vllm:e2e_request_latency_seconds").timer().totalTime(SECONDS))
        .isEqualTo(10.5);
    assertThat(registry.get("vllm:request_time_per_output_token_seconds").timer().max(SECONDS))
        .isEqualTo(0.5);
    assertThat(registry.get("vllm:request_generation_tokens").summary().totalAmount())
        .isEqualTo(17);
  }

  @Test
  void aFailedSequenceHasAnError() {
    begin().failed(new WeftException.Cancelled("the caller left"), 4);

    SpanData data = exporter.getFinishedSpanItems().getFirst();
    assertThat(data.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(data.getStatus().getDescription()).isEqualTo("CANCELLED");
    assertThat(data.getAttributes().get(AttributeKey.longKey("gen_ai.usage.output_tokens")))
        .isEqualTo(4);
    assertThat(data.getAttributes().get(AttributeKey.stringKey("error.type")))
        .isEqualTo("CANCELLED");
    assertThat(ended("abort")).isEqualTo(1);
    assertThat(ended("stop")).isZero();
  }

  private double ended(String reason) {
    return registry.get("vllm:request_success").tag("finished_reason", reason).counter().count();
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
    SequenceTelemetry.begin(tracer, metrics, "m", generation, 0)
        .finished(FinishReason.LENGTH, new Usage(3, 5, 0, 1, 2));

    assertThat(exporter.getFinishedSpanItems().getFirst().getParentSpanId())
        .isEqualTo(parent.getSpanContext().getSpanId());
  }

  private SequenceTelemetry begin() {
    Generation generation =
        new Generation(
            Requests.greedy(5, 1, 2, 3),
            new RecordingSink(),
            0,
            Generation.NO_DEADLINE,
            Context.root());
    return SequenceTelemetry.begin(tracer, metrics, "m", generation, 2);
  }
}
