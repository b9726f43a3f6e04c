package io.weft.encoder;

import static io.weft.encoder.testing.Calls.embed;
import static io.weft.encoder.testing.Calls.input;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.weft.encoder.testing.Calls;
import io.weft.encoder.testing.TinyModel;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a trace says of a call. */
@QuarkusTest
@QuarkusTestResource(TinyModel.class)
@TestProfile(TracingTest.Traced.class)
class TracingTest {
  private static final InMemorySpanExporter SPANS = InMemorySpanExporter.create();

  /** Spans are kept in memory. */
  public static final class Traced implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("quarkus.otel.sdk.disabled", "false", "quarkus.otel.traces.exporter", "none");
    }
  }

  /** Found by the tracing of the service under test. */
  @Singleton
  public static final class Processors {
    @Produces
    @Singleton
    SpanProcessor processor() {
      return SimpleSpanProcessor.create(SPANS);
    }
  }

  @Test
  void theRpcSaysHowMuchItCarriedAndItsChildHowLongItWaited() throws InterruptedException {
    try (Calls calls = new Calls()) {
      calls.blocking().embed(embed(input(2, 77, 3), input(2, 3)).build());
    }

    SpanData rpc = span("weft.encoder.v1.EncoderService/Embed");
    assertThat(rpc.getAttributes().get(AttributeKey.longKey("weft.sequences"))).isEqualTo(2);
    assertThat(rpc.getAttributes().get(AttributeKey.longKey("gen_ai.usage.input_tokens")))
        .isEqualTo(5);
    assertThat(rpc.getAttributes().get(AttributeKey.stringKey("gen_ai.request.model")))
        .isEqualTo("tiny-bert");
    SpanData batches = span("encoder.batches");
    assertThat(batches.getParentSpanId()).isEqualTo(rpc.getSpanId());
    assertThat(batches.getAttributes().get(AttributeKey.longKey("weft.queue_time_ns")))
        .isBetween(1L, batches.getEndEpochNanos() - batches.getStartEpochNanos());
  }

  /** The RPC's span ends a moment after its reply has come. */
  private static SpanData span(String name) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
    while (System.nanoTime() < deadline) {
      for (SpanData span : SPANS.getFinishedSpanItems()) {
        if (span.getName().equals(name)) {
          return span;
        }
      }
      Thread.sleep(5);
    }
    throw new AssertionError("no span " + name + " among " + SPANS.getFinishedSpanItems());
  }
}
