package io.weft.gateway.backend;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.quarkus.grpc.GrpcClient;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.gateway.GatewayConfig;
import io.weft.gateway.Http;
import io.weft.gateway.fake.FakeGenerator;
import io.weft.gateway.fake.Fakes;
import io.weft.gateway.replica.ReplicaChannels;
import io.weft.runtime.error.WeftException;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of a generation whose replica is lost; the next attempt reaches the same fake. */
@QuarkusTest
class MovedGenerationsTest {
  private static final String CHAT =
      body("{'model':'smol','stream':true,'messages':[{'role':'user','content':'hi'}]}");
  private static final WeftException LOST = new WeftException.Unavailable("LOST", "lost", null);

  @TestHTTPResource URI base;

  @GrpcClient("generator")
  Channel channel;

  @Inject ReplicaChannels channels;
  @Inject BackendMetrics metrics;
  @Inject GenAiTracing tracing;
  @Inject GatewayConfig config;

  private final AtomicInteger attempts = new AtomicInteger();

  @BeforeEach
  void reset() {
    Fakes.reset(base);
  }

  @Test
  void beforeItIsAcceptedItMoves() {
    FakeGenerator.script = lostFirst(false, false);
    assertWhole(post());
    assertThat(FakeGenerator.REQUESTS).hasSize(2);
    assertThat(FakeGenerator.REQUESTS.get(0)).isEqualTo(FakeGenerator.REQUESTS.get(1));
  }

  @Test
  void beforeItsFirstTokenItMovesAndIsAcceptedOnce() {
    FakeGenerator.script = lostFirst(true, false);
    assertWhole(post());
    assertThat(FakeGenerator.REQUESTS).hasSize(2);
  }

  @Test
  void afterItsFirstTokenItEndsWithAnError() {
    FakeGenerator.script = lostFirst(true, true);
    HttpResponse<String> answer = post();
    assertThat(answer.statusCode()).isEqualTo(200);
    List<String> events = Http.events(answer.body());
    assertThat(events.getLast()).startsWith("{\"error\":");
    assertThat(FakeGenerator.REQUESTS).hasSize(1);
  }

  @Test
  void attemptsAreBounded() {
    FakeGenerator.script = failing(LOST);
    assertThat(post().statusCode()).isEqualTo(503);
    assertThat(FakeGenerator.REQUESTS).hasSize(4);
  }

  @Test
  void aFaultOfTheServiceDoesNotMove() {
    FakeGenerator.script = failing(new WeftException.Internal("broken", null));
    assertThat(post().statusCode()).isEqualTo(500);
    assertThat(FakeGenerator.REQUESTS).hasSize(1);
  }

  @Test
  void aCallThatIsResetMoves() {
    FakeGenerator.script =
        firstThenWhole(failing(Status.INTERNAL.withDescription("RST_STREAM").asRuntimeException()));
    assertWhole(post());
    assertThat(FakeGenerator.REQUESTS).hasSize(2);
  }

  @Test
  void aRefusalDoesNotMove() {
    FakeGenerator.script = failing(new WeftException.InvalidRequest("R", "no", "prompt_ids"));
    assertThat(post().statusCode()).isEqualTo(400);
    assertThat(FakeGenerator.REQUESTS).hasSize(1);
  }

  /** The reader takes what the first replica told while the call to the second is being started. */
  @Test
  void whoReadsWaitsForTheNextAttemptToStart() throws Exception {
    FakeGenerator.script = lostFirst(true, false);
    SlowSecondStart slow = new SlowSecondStart();
    GeneratorClient client =
        new GeneratorClient(
            ClientInterceptors.intercept(channel, slow), channels, metrics, tracing, config);
    try (GenerationStream stream = client.generate(request())) {
      assertThat(slow.starting.await(10, TimeUnit.SECONDS)).isTrue();
      StringBuilder text = new StringBuilder();
      for (GenerationEvent event = stream.next(); event != null; event = stream.next()) {
        if (event instanceof GenerationEvent.Delta delta) {
          text.append(delta.text());
        }
      }
      assertThat(text.toString()).startsWith("Hello");
    }
  }

  private static GenerationRequest request() {
    GenerationOptions options =
        new GenerationOptions(
            1,
            null,
            new Sampling(null, null, null, null, null, null, null, null, null, Map.of(), null),
            null,
            new StopConditions(null, "max_tokens", null, List.of(), List.of(), false, false),
            null,
            null,
            false,
            null);
    return new GenerationRequest(
        "smol", "", List.of(TokenIds.of(1, 2, 3)), "", "prompt", options, false);
  }

  /** Takes its time to start the second call. */
  private static final class SlowSecondStart implements ClientInterceptor {
    private final CountDownLatch starting = new CountDownLatch(1);
    private final AtomicInteger calls = new AtomicInteger();

    @Override
    public <Q, R> ClientCall<Q, R> interceptCall(
        MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
      return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
        @Override
        public void start(Listener<R> listener, Metadata headers) {
          if (calls.incrementAndGet() == 2) {
            starting.countDown();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300));
          }
          super.start(listener, headers);
        }
      };
    }
  }

  private static FakeGenerator.Script failing(RuntimeException failure) {
    return (_, _) -> {
      throw failure;
    };
  }

  private FakeGenerator.Script firstThenWhole(FakeGenerator.Script first) {
    return (request, call) ->
        (attempts.getAndIncrement() == 0 ? first : FakeGenerator.say("Hello", " there"))
            .run(request, call);
  }

  /** Fails once: before it is accepted, or after it, or after a token. */
  private FakeGenerator.Script lostFirst(boolean accept, boolean token) {
    return firstThenWhole(
        (request, call) -> {
          if (accept) {
            call.onNext(FakeGenerator.accepted(request));
          }
          if (token) {
            call.onNext(FakeGenerator.delta(0, "Hello"));
          }
          throw LOST;
        });
  }

  private HttpResponse<String> post() {
    return Http.post(base, "/v1/chat/completions", CHAT);
  }

  private static void assertWhole(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).isEqualTo(200);
    List<String> events = Http.events(answer.body());
    assertThat(events.getLast()).isEqualTo("[DONE]");
    StringBuilder text = new StringBuilder();
    for (String event : events) {
      if (event.startsWith("{")) {
        text.append(Http.json(event).at("/choices/0/delta/content").asText(""));
      }
    }
    assertThat(text).hasToString("Hello there");
  }
}
