package io.weft.generator;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.weft.proto.generator.v1.Finished;
import io.weft.proto.generator.v1.GenerateRequest;
import io.weft.proto.generator.v1.GenerateResponse;
import io.weft.proto.generator.v1.GeneratorServiceGrpc.GeneratorServiceStub;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;

/** One Generate call and what came of it. */
final class Call implements ClientResponseObserver<GenerateRequest, GenerateResponse> {
  private final List<GenerateResponse> responses = new ArrayList<>();
  private final CountDownLatch first = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final boolean reading;
  private ClientCallStreamObserver<GenerateRequest> stream;
  private Status status = Status.OK;

  private Call(boolean reading) {
    this.reading = reading;
  }

  /** Starts a call that reads as events come. */
  static Call start(GeneratorServiceStub stub, GenerateRequest request) {
    Call call = new Call(true);
    stub.generate(request, call);
    return call;
  }

  /** Starts a call that reads nothing until {@link #readAll}. */
  static Call startWithoutReading(GeneratorServiceStub stub, GenerateRequest request) {
    Call call = new Call(false);
    stub.generate(request, call);
    return call;
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<GenerateRequest> requestStream) {
    stream = requestStream;
    if (!reading) {
      requestStream.disableAutoRequestWithInitial(0);
    }
  }

  @Override
  public synchronized void onNext(GenerateResponse response) {
    responses.add(response);
    if (response.hasDelta()) {
      first.countDown();
    }
  }

  @Override
  public void onError(Throwable failure) {
    status = ((StatusRuntimeException) failure).getStatus();
    this.failure = (StatusRuntimeException) failure;
    ended.countDown();
  }

  private StatusRuntimeException failure;

  @Override
  public void onCompleted() {
    ended.countDown();
  }

  void readAll() {
    stream.request(Integer.MAX_VALUE);
  }

  void cancel() {
    stream.cancel("test", null);
  }

  Call awaitFirstToken() throws InterruptedException {
    Assertions.assertTrue(first.await(10, TimeUnit.SECONDS), "no token");
    return this;
  }

  Call awaitEnd() throws InterruptedException {
    Assertions.assertTrue(ended.await(20, TimeUnit.SECONDS), "not ended");
    return this;
  }

  boolean isEnded() {
    return ended.getCount() == 0;
  }

  Status.Code code() {
    return status.getCode();
  }

  StatusRuntimeException failure() {
    return failure;
  }

  synchronized List<GenerateResponse> responses() {
    return List.copyOf(responses);
  }

  synchronized String text(int index) {
    StringBuilder text = new StringBuilder();
    for (GenerateResponse response : responses) {
      if (response.hasDelta() && response.getDelta().getIndex() == index) {
        text.append(response.getDelta().getText());
      } else if (response.hasFinished() && response.getFinished().getIndex() == index) {
        text.append(response.getFinished().getText());
      }
    }
    return text.toString();
  }

  synchronized List<Integer> ids(int index) {
    List<Integer> ids = new ArrayList<>();
    for (GenerateResponse response : responses) {
      if (response.hasDelta() && response.getDelta().getIndex() == index) {
        ids.addAll(response.getDelta().getIdsList());
      }
    }
    return ids;
  }

  synchronized Finished finished(int index) {
    List<Finished> all =
        responses.stream()
            .filter(GenerateResponse::hasFinished)
            .map(GenerateResponse::getFinished)
            .filter(finished -> finished.getIndex() == index)
            .toList();
    Assertions.assertEquals(1, all.size(), "ends of sequence " + index);
    return all.getFirst();
  }
}
