package io.weft.gateway.grpc;

import static io.weft.gateway.grpc.Channels.failure;
import static org.assertj.core.api.Assertions.assertThat;

import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.grpc.CallOptions;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.MetadataUtils;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.gateway.Http;
import io.weft.gateway.LogRecorder;
import io.weft.gateway.fake.FakeEncoder;
import io.weft.gateway.fake.FakeGenerator;
import io.weft.gateway.fake.FakeTokenizer;
import io.weft.gateway.fake.Fakes;
import io.weft.gateway.fake.TraceRecorder;
import io.weft.proto.gateway.v1.ChatMessage;
import io.weft.proto.gateway.v1.ChatRequest;
import io.weft.proto.gateway.v1.ChatResponse;
import io.weft.proto.gateway.v1.EmbedRequest;
import io.weft.proto.gateway.v1.InferenceServiceGrpc;
import io.weft.proto.gateway.v1.InferenceServiceGrpc.InferenceServiceBlockingStub;
import io.weft.proto.generator.v1.FinishReason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What holds for every call: its end, its deadline, its trace, its size, and a slow reader. */
@QuarkusTest
class CallsTest extends GrpcTest {
  private static final long PROMPTLY_MS = 500;
  private static final Metadata.Key<String> TRACEPARENT =
      Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final CountDownLatch cancelled = new CountDownLatch(1);

  private InferenceServiceBlockingStub stub;

  @BeforeEach
  void makeStub() {
    stub = InferenceServiceGrpc.newBlockingStub(channel);
  }

  @Test
  void aCancelledStreamEndsTheGeneration() throws Exception {
    FakeGenerator.script = talkUntilCancelled();
    Context.CancellableContext caller = Context.current().withCancellation();
    caller.run(
        () -> {
          Iterator<ChatResponse> pieces = stub.chat(chat());
          assertThat(pieces.next().getText()).isEqualTo("word ");
        });

    caller.cancel(null);

    assertThat(cancelled.await(PROMPTLY_MS, TimeUnit.MILLISECONDS)).isTrue();
  }

  /** Two bytes each as they come, and some hundred in memory. */
  @Test
  void messagesOfTooManyMessagesAreRefusedBeforeTheyAreRead() {
    ChatRequest.Builder many = ChatRequest.newBuilder().setModel("smol");
    for (int i = 0; i < 140_000; i++) {
      many.addMessages(ChatMessage.getDefaultInstance());
    }

    failure(
        Status.Code.INVALID_ARGUMENT,
        () -> stub.chat(many.build()).hasNext(),
        "the message has 140,000 messages within, the limit is 131,072");
    assertThat(stub.chat(chat()).hasNext()).isTrue();
  }

  @Test
  void messagesThatCannotBeReadAreTheirCallersFault() {
    EmbedRequest large =
        EmbedRequest.newBuilder().setModel("minilm").addTexts("x".repeat(8_388_608)).build();
    MethodDescriptor<byte[], byte[]> method =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setRequestMarshaller(new Raw())
            .setResponseMarshaller(new Raw())
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName("weft.gateway.v1.InferenceService/Embed")
            .build();
    String log;
    try (LogRecorder recorder = LogRecorder.start()) {
      failure(
          Status.Code.RESOURCE_EXHAUSTED,
          () -> stub.withCompression("gzip").embed(large),
          "Decompressed gRPC message exceeds maximum size 8388608");
      for (byte[] broken : new byte[][] {{-1, -1, -1}, {0x0a, 2, -1, -2}}) {
        failure(
            Status.Code.INVALID_ARGUMENT,
            () -> ClientCalls.blockingUnaryCall(channel, method, CallOptions.DEFAULT, broken),
            "the message is no valid protobuf");
      }
      log = recorder.text();
    }
    assertThat(log).doesNotContain("Exception");
    assertThat(stub.embed(embed()).getResultsCount()).isEqualTo(1);
  }

  /** Bytes as they are. */
  private static final class Raw implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Test
  void aDeadlineEndsTheGeneration() throws Exception {
    FakeGenerator.script = talkUntilCancelled();
    Iterator<ChatResponse> pieces = stub.withDeadlineAfter(500, TimeUnit.MILLISECONDS).chat(chat());

    failure(Status.Code.DEADLINE_EXCEEDED, () -> pieces.forEachRemaining(_ -> {}));
    assertThat(cancelled.await(PROMPTLY_MS, TimeUnit.MILLISECONDS)).isTrue();
  }

  @Test
  void aDeadlineReachesTokenizerAndEncoder() throws Exception {
    // The first call of a process may take longer than the deadline before it asks anybody.
    stub.embed(embed());
    FakeTokenizer.hang = cancelled;
    failure(
        Status.Code.DEADLINE_EXCEEDED,
        () -> stub.withDeadlineAfter(200, TimeUnit.MILLISECONDS).embed(embed()));
    assertThat(cancelled.await(PROMPTLY_MS, TimeUnit.MILLISECONDS)).isTrue();

    CountDownLatch encoder = new CountDownLatch(1);
    FakeTokenizer.hang = null;
    FakeEncoder.hang = encoder;
    failure(
        Status.Code.DEADLINE_EXCEEDED,
        () -> stub.withDeadlineAfter(500, TimeUnit.MILLISECONDS).embed(embed()));
    assertThat(encoder.await(PROMPTLY_MS, TimeUnit.MILLISECONDS)).isTrue();
  }

  @Test
  void aSlowReaderHoldsTheGeneratorUp() throws Exception {
    int events = 20_000;
    AtomicInteger sent = new AtomicInteger();
    FakeGenerator.script =
        (request, call) -> {
          call.onNext(FakeGenerator.accepted(request));
          String text = "x".repeat(1_000);
          while (sent.get() < events) {
            if (call.isReady()) {
              call.onNext(FakeGenerator.delta(0, text));
              sent.incrementAndGet();
            } else {
              Thread.sleep(1);
            }
          }
          call.onNext(FakeGenerator.finished(0, FinishReason.FINISH_REASON_STOP, events));
          call.onCompleted();
        };
    SlowReader reader = new SlowReader();
    InferenceServiceGrpc.newStub(channel).chat(chat(), reader);

    // What all windows and buffers on the way hold is far from the 20 MB that there are.
    Http.await("the generator to wait", () -> sent.get() > 0 && !grows(sent));
    assertThat(sent.get()).isLessThan(events / 3);
    assertThat(reader.texts).isEmpty();

    reader.call.get().request(Integer.MAX_VALUE);
    assertThat(reader.ended.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(reader.texts).hasSize(events + 1);
  }

  @Test
  void anOversizedMessageIsRefusedWithItsLimit() {
    failure(
        Status.Code.RESOURCE_EXHAUSTED,
        () ->
            stub.embed(
                EmbedRequest.newBuilder()
                    .setModel("minilm")
                    .addTexts("x".repeat(8_388_608))
                    .build()),
        "8388608");
    assertThat(FakeEncoder.calls).hasValue(0);
  }

  @Test
  void carriesTheTraceAndTheTenant() {
    String trace = "7bf92f3577b34da6a3ce929d0e0e4736";
    TraceRecorder.CALLS.clear();
    Metadata headers = new Metadata();
    headers.put(TRACEPARENT, "00-" + trace + "-00f067aa0ba902b7-01");
    headers.put(AUTHORIZATION, "Bearer somebody");
    stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
        .chat(chat())
        .forEachRemaining(_ -> {});

    assertThat(TraceRecorder.of(trace))
        .containsExactly("TokenizerService/EncodeChat", "GeneratorService/Generate");
    assertThat(Fakes.generated().getTenant()).hasSize(64);
  }

  @Test
  void saysThatItServes() {
    for (String service : List.of("", "weft.gateway.v1.InferenceService")) {
      assertThat(
              HealthGrpc.newBlockingStub(channel)
                  .check(HealthCheckRequest.newBuilder().setService(service).build())
                  .getStatus())
          .as(service)
          .isEqualTo(ServingStatus.SERVING);
    }
    failure(
        Status.Code.NOT_FOUND,
        () ->
            HealthGrpc.newBlockingStub(channel)
                .check(HealthCheckRequest.newBuilder().setService("weft.Nothing").build()),
        "no such service");
  }

  private static boolean grows(AtomicInteger count) {
    int before = count.get();
    try {
      Thread.sleep(300);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return count.get() != before;
  }

  private FakeGenerator.Script talkUntilCancelled() {
    return (request, call) -> {
      call.onNext(FakeGenerator.accepted(request));
      while (!call.isCancelled()) {
        call.onNext(FakeGenerator.delta(0, "word "));
        Thread.sleep(5);
      }
      cancelled.countDown();
    };
  }

  private static ChatRequest chat() {
    return GenerationTest.chat("smol").build();
  }

  private static EmbedRequest embed() {
    return EmbedRequest.newBuilder().setModel("minilm").addTexts("a").build();
  }

  /** Asks for nothing until it is told to. */
  private static final class SlowReader
      implements ClientResponseObserver<ChatRequest, ChatResponse> {
    final AtomicReference<ClientCallStreamObserver<ChatRequest>> call = new AtomicReference<>();
    final List<String> texts = new CopyOnWriteArrayList<>();
    final CountDownLatch ended = new CountDownLatch(1);

    @Override
    public void beforeStart(ClientCallStreamObserver<ChatRequest> started) {
      started.disableAutoRequestWithInitial(0);
      call.set(started);
    }

    @Override
    public void onNext(ChatResponse piece) {
      texts.add(piece.getText());
    }

    @Override
    public void onError(Throwable failure) {
      texts.add(failure.toString());
      ended.countDown();
    }

    @Override
    public void onCompleted() {
      ended.countDown();
    }
  }
}
