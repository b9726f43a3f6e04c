package io.weft.gateway.grpc;

import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.quarkus.grpc.RegisterInterceptor;
import io.weft.gateway.tei.TeiTasks;
import io.weft.gateway.tei.TeiTasks.Answer;
import io.weft.gateway.tei.TeiTasks.Place;
import io.weft.proto.tei.v1.Rank;
import io.weft.proto.tei.v1.RerankGrpc;
import io.weft.proto.tei.v1.RerankRequest;
import io.weft.proto.tei.v1.RerankResponse;
import io.weft.proto.tei.v1.RerankStreamRequest;
import io.weft.runtime.grpc.UnaryCall;

/** {@code tei.v1.Rerank}. */
@GrpcService
@RegisterInterceptor(GatewayCalls.class)
class TeiRerankGrpcService extends RerankGrpc.RerankImplBase {
  private final TeiTasks tasks;

  TeiRerankGrpcService(TeiTasks tasks) {
    this.tasks = tasks;
  }

  @Override
  public ServerServiceDefinition bindService() {
    return WireProtos.of(super.bindService());
  }

  @Override
  public void rerank(RerankRequest request, StreamObserver<RerankResponse> call) {
    UnaryCall.answer(call, () -> rerank(request));
  }

  @Override
  public StreamObserver<RerankStreamRequest> rerankStream(StreamObserver<RerankResponse> call) {
    ((ServerCallStreamObserver<RerankResponse>) call).setOnCancelHandler(() -> {});
    return new Collector(call);
  }

  private RerankResponse rerank(RerankRequest request) {
    long started = System.nanoTime();
    String query = Fields.text("query", request.getQuery());
    Fields.count("texts", request.getTextsCount(), 1, TeiProtos.MAX_TEXTS);
    int characters = TeiProtos.characters(query);
    for (int i = 0; i < request.getTextsCount(); i++) {
      characters +=
          TeiProtos.characters(Fields.text("texts[%d]".formatted(i), request.getTexts(i)));
    }
    Answer<Place> answer =
        tasks.rerank(
            TeiProtos.model(),
            query,
            request.getTextsList(),
            TeiProtos.cut(request.getTruncate(), request.getTruncationDirection()),
            request.getRawScores());
    RerankResponse.Builder response = RerankResponse.newBuilder();
    for (Place place : answer.value()) {
      Rank.Builder rank = Rank.newBuilder().setIndex(place.index()).setScore(place.score());
      if (request.getReturnText()) {
        rank.setText(request.getTexts(place.index()));
      }
      response.addRanks(rank);
    }
    return response.setMetadata(TeiProtos.metadata(characters, answer.tokens(), started)).build();
  }

  /** Makes one request of a stream's messages. Its events come one after the other. */
  private final class Collector implements StreamObserver<RerankStreamRequest> {
    private final StreamObserver<RerankResponse> call;
    private final RerankRequest.Builder request = RerankRequest.newBuilder();
    private boolean ended;

    Collector(StreamObserver<RerankResponse> call) {
      this.call = call;
    }

    @Override
    public void onNext(RerankStreamRequest message) {
      if (ended) {
        return;
      }
      if (request.getTextsCount() == 0) {
        request
            .setQuery(message.getQuery())
            .setTruncate(message.getTruncate())
            .setTruncationDirectionValue(message.getTruncationDirectionValue())
            .setRawScores(message.getRawScores())
            .setReturnText(message.getReturnText());
      }
      request.addTexts(message.getText());
      if (request.getTextsCount() > TeiProtos.MAX_TEXTS) {
        // Says what is wrong without waiting for the rest.
        onCompleted();
      }
    }

    @Override
    public void onError(Throwable clientGone) {
      ended = true;
    }

    @Override
    public void onCompleted() {
      if (!ended) {
        ended = true;
        UnaryCall.answer(call, () -> rerank(request.build()));
      }
    }
  }
}
