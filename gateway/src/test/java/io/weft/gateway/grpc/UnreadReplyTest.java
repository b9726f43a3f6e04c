package io.weft.gateway.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.weft.gateway.Http;
import io.weft.proto.gateway.v1.EmbedRequest;
import io.weft.proto.gateway.v1.EmbedResponse;
import io.weft.proto.gateway.v1.InferenceServiceGrpc;
import io.weft.proto.inference.GRPCInferenceServiceGrpc;
import io.weft.proto.inference.ModelMetadataRequest;
import io.weft.proto.tei.v1.InfoGrpc;
import io.weft.proto.tei.v1.InfoRequest;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An answer holds its place and its bytes until its client has it, and not for long. */
@QuarkusTest
@TestProfile(UnreadReplyTest.Impatient.class)
class UnreadReplyTest extends GrpcTest {
  private static final String EMBED = "weft.gateway.v1.InferenceService/Embed";

  /** Their answer has some 48 KB: two are within the limit, three are not. */
  private static final int TEXTS = 2_000;

  @Inject MeterRegistry metrics;

  private ManagedChannel narrow;

  /** So that the test need not wait for long, and needs few answers. */
  public static final class Impatient implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "weft.gateway.slow-reader-timeout",
          "2s",
          "weft.gateway.max-body-size",
          "100K",
          "weft.gateway.max-held-bodies",
          "120K");
    }
  }

  @BeforeEach
  void openNarrow() {
    narrow =
        NettyChannelBuilder.forTarget(managed.authority())
            .usePlaintext()
            .initialFlowControlWindow(1)
            .build();
  }

  @AfterEach
  void closeNarrow() {
    narrow.shutdownNow();
  }

  @Test
  void answersThatNobodyTakesAreBoundedAndResetAndTheirPlacesComeBack() throws Exception {
    InferenceServiceGrpc.InferenceServiceBlockingStub other =
        InferenceServiceGrpc.newBlockingStub(channel);
    double lost = counter(EMBED, "CANCELLED");
    for (int round = 0; round < 2; round++) {
      List<Reader<?>> readers = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        readers.add(embed(TEXTS));
        readers.getLast().begun();
      }
      assertThat(openRequests()).isEqualTo(2);
      Channels.failure(
          Status.Code.RESOURCE_EXHAUSTED,
          () -> other.embed(request(TEXTS)),
          "the bodies of all open requests hold ");

      Http.await("their end", () -> openRequests() == 0);
      for (Reader<?> reader : readers) {
        reader.call.request(1);
        assertThat(reader.end().getCode()).isEqualTo(Status.Code.CANCELLED);
        assertThat(reader.answer).isNull();
      }
    }
    assertThat(counter(EMBED, "CANCELLED")).isEqualTo(lost + 4);
    assertThat(other.embed(request(TEXTS)).getResultsCount()).isEqualTo(TEXTS);
  }

  @Test
  void smallAnswersToo() throws Exception {
    List<Reader<?>> readers =
        List.of(
            new Reader<>(narrow, InfoGrpc.getInfoMethod(), InfoRequest.getDefaultInstance()),
            new Reader<>(
                narrow,
                GRPCInferenceServiceGrpc.getModelMetadataMethod(),
                ModelMetadataRequest.newBuilder().setName("minilm").build()));
    for (Reader<?> reader : readers) {
      reader.begun();
    }
    assertThat(openRequests()).isEqualTo(2);

    Http.await("their end", () -> openRequests() == 0);
    for (Reader<?> reader : readers) {
      reader.call.request(1);
      assertThat(reader.end().getCode()).isEqualTo(Status.Code.CANCELLED);
    }
  }

  @Test
  void aClientThatReadsSlowlyGetsAll() throws Exception {
    Reader<EmbedResponse> slow = embed(20);
    slow.begun();
    Thread.sleep(500);
    assertThat(openRequests()).isEqualTo(1);

    slow.call.request(1);
    assertThat(slow.end()).isEqualTo(Status.OK);
    assertThat(slow.answer.getResultsCount()).isEqualTo(20);
    Http.await("its end", () -> openRequests() == 0);
  }

  private Reader<EmbedResponse> embed(int texts) {
    return new Reader<>(narrow, InferenceServiceGrpc.getEmbedMethod(), request(texts));
  }

  private static EmbedRequest request(int texts) {
    return EmbedRequest.newBuilder()
        .setModel("minilm")
        .addAllTexts(Collections.nCopies(texts, "a"))
        .build();
  }

  private double openRequests() {
    return metrics.get("weft.gateway.open.requests").gauge().value();
  }

  private double counter(String route, String status) {
    return metrics
        .find("weft.gateway.requests")
        .tags("route", route, "status", status)
        .counters()
        .stream()
        .mapToDouble(Counter::count)
        .sum();
  }

  /** Reads an answer's headers, and its message when it is told to. */
  private static final class Reader<R> extends ClientCall.Listener<R> {
    final ClientCall<?, R> call;
    volatile @Nullable R answer;
    private final CompletableFuture<Metadata> headers = new CompletableFuture<>();
    private final CompletableFuture<Status> end = new CompletableFuture<>();

    <Q> Reader(ManagedChannel channel, MethodDescriptor<Q, R> method, Q request) {
      ClientCall<Q, R> started = channel.newCall(method, CallOptions.DEFAULT);
      call = started;
      Metadata head = new Metadata();
      head.put(Metadata.Key.of("weft-model", Metadata.ASCII_STRING_MARSHALLER), "minilm");
      started.start(this, head);
      started.sendMessage(request);
      started.halfClose();
    }

    /** Waits until the answer has begun. */
    void begun() throws Exception {
      headers.get(10, TimeUnit.SECONDS);
    }

    Status end() throws Exception {
      return end.get(10, TimeUnit.SECONDS);
    }

    @Override
    public void onHeaders(Metadata head) {
      headers.complete(head);
    }

    @Override
    public void onMessage(R message) {
      answer = message;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      headers.complete(trailers);
      end.complete(status);
    }
  }
}
