package io.weft.gateway.http;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.ServerCallStreamObserver;
import io.quarkus.grpc.GrpcClient;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.weft.gateway.Http;
import io.weft.gateway.LogRecorder;
import io.weft.gateway.fake.FakeGenerator;
import io.weft.gateway.fake.Fakes;
import io.weft.proto.gateway.v1.ChatMessage;
import io.weft.proto.gateway.v1.ChatRequest;
import io.weft.proto.gateway.v1.ChatResponse;
import io.weft.proto.gateway.v1.InferenceServiceGrpc;
import io.weft.proto.generator.v1.FinishReason;
import io.weft.proto.generator.v1.GenerateRequest;
import io.weft.proto.generator.v1.GenerateResponse;
import java.io.EOFException;
import java.net.SocketException;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A client that does not read loses its stream, over HTTP and gRPC; nobody else waits for it. */
@QuarkusTest
@TestProfile(SlowReaderTest.Impatient.class)
class SlowReaderTest {
  private static final String CHAT = "/v1/chat/completions";

  /** Together far more than the network's buffers and ours hold. */
  private static final int EVENTS = 10_000;

  private static final String LONG = "a".repeat(4_000);

  private final CountDownLatch freed = new CountDownLatch(1);

  @TestHTTPResource URI base;

  @GrpcClient("generator")
  Channel managed;

  /** So that the test need not wait for long, and a busy machine still serves others meanwhile. */
  public static final class Impatient implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("weft.gateway.slow-reader-timeout", "2s", "weft.gateway.stream-buffer", "64K");
    }
  }

  @BeforeEach
  void reset() {
    Fakes.reset(base);
    FakeGenerator.script = this::talk;
  }

  /** Prompts of one token get an endless answer, as fast as it is taken; others a quick one. */
  private void talk(GenerateRequest request, ServerCallStreamObserver<GenerateResponse> call)
      throws InterruptedException {
    boolean endless = request.getPromptIdsCount() == 1;
    call.onNext(FakeGenerator.accepted(request));
    for (int i = 0; i < (endless ? EVENTS : 20); i++) {
      while (endless && !call.isReady() && !call.isCancelled()) {
        Thread.sleep(1);
      }
      if (call.isCancelled()) {
        freed.countDown();
        return;
      }
      call.onNext(FakeGenerator.delta(0, endless ? LONG : "quick"));
    }
    call.onNext(FakeGenerator.finished(0, FinishReason.FINISH_REASON_STOP, 20));
    call.onCompleted();
  }

  @Test
  void itsStreamEndsWithAnErrorAndTheGeneratorIsFree() throws Exception {
    try (RawConnection slow = new RawConnection(base, 4_096)) {
      slow.post(CHAT, chat(1));
      slow.until("aaaa");
      int served = 0;
      while (!freed.await(1, TimeUnit.MILLISECONDS)) {
        assertThat(Http.events(Http.post(base, CHAT, chat(2)).body())).hasSize(23);
        assertThat(served++).as("streams served meanwhile").isLessThan(10_000);
      }
      assertThat(served).as("streams served meanwhile").isGreaterThan(2);

      // It is told when it reads again at once.
      String end = slow.until("\"code\":\"slow_reader\"}}\n\n");
      assertThat(end).contains("the client reads too slowly: ").contains("the limit is 65,536");
      assertThat(slow.until("0\r\n\r\n")).doesNotContain("[DONE]");

      slow.post(CHAT, chat(2));
      assertThat(slow.until("[DONE]\n\n")).as("on the same connection").contains("quick");
    }
    Http.await("no open stream", () -> Metrics.openStreams() == 0);
    assertThat(Metrics.counter("weft.gateway.requests", "route", CHAT, "broken", "true"))
        .isPositive();
  }

  @Test
  void itsConnectionIsClosedWhenItReadsNotEvenTheError() throws Exception {
    try (RawConnection slow = new RawConnection(base, 4_096)) {
      slow.post(CHAT, chat(1));
      slow.until("aaaa");
      Http.await("the end of the stream", () -> Metrics.openRequests() == 0);

      String lost;
      try {
        lost = slow.until("slow_reader");
      } catch (EOFException | SocketException closed) {
        lost = "";
      }
      assertThat(lost).isEmpty();
    }
  }

  @Test
  void anAnswerThatIsSentWholeEndsTooAndIsNoFaultOfOurs() throws Exception {
    FakeGenerator.script =
        (request, call) -> {
          call.onNext(FakeGenerator.accepted(request));
          call.onNext(FakeGenerator.delta(0, "a".repeat(12_000_000)));
          call.onNext(FakeGenerator.finished(0, FinishReason.FINISH_REASON_STOP, 1));
          call.onCompleted();
        };
    String whole = chat(1).replace("true", "false");
    double lost = Metrics.counter("weft.gateway.requests", "route", CHAT, "status", "499");

    String log;
    try (LogRecorder recorder = LogRecorder.start();
        RawConnection slow = new RawConnection(base, 4_096)) {
      slow.post(CHAT, whole);
      slow.until("aaaa");
      assertThat(Metrics.openRequests()).isEqualTo(1);
      Http.await("the end of the answer", () -> Metrics.openRequests() == 0);
      String rest;
      try {
        rest = slow.until("finish_reason");
      } catch (EOFException | SocketException closed) {
        rest = "";
      }
      assertThat(rest).isEmpty();
      log = recorder.text();
    }
    assertThat(Metrics.counter("weft.gateway.requests", "route", CHAT, "status", "499"))
        .isEqualTo(lost + 1);
    assertThat(log).doesNotContain("internal error");
    assertThat(Http.post(base, CHAT, whole).body()).contains("finish_reason");
  }

  @Test
  void overGrpcItsCallEndsWithAStatus() throws Exception {
    ManagedChannel channel =
        NettyChannelBuilder.forTarget(managed.authority()).usePlaintext().build();
    try {
      Reluctant reader = new Reluctant();
      InferenceServiceGrpc.newStub(channel)
          .chat(
              ChatRequest.newBuilder()
                  .setModel("smol")
                  .addMessages(ChatMessage.newBuilder().setRole("user").setContent("w"))
                  .build(),
              reader);
      assertThat(freed.await(10, TimeUnit.SECONDS)).isTrue();
      reader.call.get(1, TimeUnit.SECONDS).request(Integer.MAX_VALUE);
      Status status = reader.end.get(10, TimeUnit.SECONDS);
      assertThat(status.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      assertThat(status.getDescription())
          .isEqualTo("the client reads too slowly: its next message has waited for 2,000 ms");
      assertThat(Http.events(Http.post(base, CHAT, chat(2)).body())).hasSize(23);
    } finally {
      channel.shutdownNow();
    }
  }

  /** Takes no message until it is told to. */
  private static final class Reluctant
      implements ClientResponseObserver<ChatRequest, ChatResponse> {
    final CompletableFuture<ClientCallStreamObserver<ChatRequest>> call = new CompletableFuture<>();
    final CompletableFuture<Status> end = new CompletableFuture<>();

    @Override
    public void beforeStart(ClientCallStreamObserver<ChatRequest> started) {
      started.disableAutoRequestWithInitial(1);
      call.complete(started);
    }

    @Override
    public void onNext(ChatResponse piece) {}

    @Override
    public void onError(Throwable failure) {
      end.complete(((StatusRuntimeException) failure).getStatus());
    }

    @Override
    public void onCompleted() {
      end.complete(Status.OK);
    }
  }

  private static String chat(int words) {
    return body(
        "{'model':'smol','stream':true,'messages':[{'role':'user','content':'%s'}]}"
            .formatted("w ".repeat(words).trim()));
  }
}
