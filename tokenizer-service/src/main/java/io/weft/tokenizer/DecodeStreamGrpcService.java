package io.weft.tokenizer;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.weft.proto.tokenizer.v1.DecodeStreamRequest;
import io.weft.proto.tokenizer.v1.DecodeStreamResponse;
import io.weft.runtime.grpc.UnaryCall;
import io.weft.tokenizer.encode.ReplyMemory;
import io.weft.tokenizer.model.TokenizerModel;
import io.weft.tokenizer.vocabulary.Detokenizer;
import org.jspecify.annotations.Nullable;

/**
 * One DecodeStream call: a response for each request. The next request is taken only when the
 * client has room for its response, so a client that does not read cannot make responses pile up
 * here.
 */
final class DecodeStreamGrpcService implements StreamObserver<DecodeStreamRequest> {
  private final TokenizerRuntime runtime;
  private final TokenizerMetrics metrics;
  private final ServerCallStreamObserver<DecodeStreamResponse> call;
  private @Nullable Started started;
  private boolean failed;
  private boolean waiting;

  private DecodeStreamGrpcService(
      TokenizerRuntime runtime,
      TokenizerMetrics metrics,
      ServerCallStreamObserver<DecodeStreamResponse> call) {
    this.runtime = runtime;
    this.metrics = metrics;
    this.call = call;
  }

  /** What the first message decides. */
  private record Started(TokenizerModel model, Detokenizer detokenizer) {}

  static StreamObserver<DecodeStreamRequest> open(
      TokenizerRuntime runtime,
      TokenizerMetrics metrics,
      ServerCallStreamObserver<DecodeStreamResponse> call) {
    DecodeStreamGrpcService stream = new DecodeStreamGrpcService(runtime, metrics, call);
    call.disableAutoRequest();
    call.setOnReadyHandler(stream::ready);
    call.request(1);
    return stream;
  }

  @Override
  public void onNext(DecodeStreamRequest request) {
    if (failed) {
      return;
    }
    try {
      Started stream = started == null ? start(request) : started;
      started = stream;
      answer(request, stream);
      requestNext();
    } catch (RuntimeException e) {
      failed = true;
      UnaryCall.fail(call, e);
    }
  }

  private void answer(DecodeStreamRequest request, Started stream) {
    int[] ids = TokenizerProtos.ids(request.getIdsList(), stream.model());
    try (ReplyMemory.Reply reply = runtime.replies().begin("ids")) {
      reply.accept(stream.model().vocabulary().textBytes(ids));
      String text = stream.detokenizer().append(ids);
      call.onNext(DecodeStreamResponse.newBuilder().setText(text).build());
    }
    metrics.decoded(stream.model().name(), ids.length);
  }

  private Started start(DecodeStreamRequest first) {
    TokenizerModel model = runtime.state().models().require(first.getModel());
    boolean skip = !first.hasSkipSpecialTokens() || first.getSkipSpecialTokens();
    return new Started(model, new Detokenizer(model.vocabulary(), skip));
  }

  private synchronized void requestNext() {
    if (call.isReady()) {
      call.request(1);
    } else {
      waiting = true;
    }
  }

  private synchronized void ready() {
    if (waiting) {
      waiting = false;
      call.request(1);
    }
  }

  @Override
  public void onError(Throwable failure) {
    failed = true;
  }

  @Override
  public void onCompleted() {
    if (failed) {
      return;
    }
    String rest = started == null ? "" : started.detokenizer().finish();
    if (!rest.isEmpty()) {
      call.onNext(DecodeStreamResponse.newBuilder().setText(rest).build());
    }
    call.onCompleted();
  }
}
