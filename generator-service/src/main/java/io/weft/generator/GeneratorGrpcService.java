package io.weft.generator;

import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.api.trace.Span;
import io.quarkus.grpc.GrpcService;
import io.quarkus.grpc.RegisterInterceptor;
import io.weft.generator.constraint.ConstraintSpec;
import io.weft.generator.engine.Generation;
import io.weft.generator.engine.GenerationEvent;
import io.weft.generator.engine.GenerationRequest;
import io.weft.generator.engine.Outbox;
import io.weft.generator.text.Vocabulary;
import io.weft.proto.generator.v1.GenerateRequest;
import io.weft.proto.generator.v1.GenerateResponse;
import io.weft.proto.generator.v1.GeneratorServiceGrpc;
import io.weft.proto.generator.v1.GetLoadRequest;
import io.weft.proto.generator.v1.GetLoadResponse;
import io.weft.proto.generator.v1.ListModelsRequest;
import io.weft.proto.generator.v1.ListModelsResponse;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.OpenCalls;
import io.weft.runtime.grpc.UnaryCall;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The generator's RPCs. None of them waits, so they run where gRPC calls them: a method that held
 * its thread would hold back the news that its caller has left.
 */
@GrpcService
@RegisterInterceptor(OpenCalls.class)
class GeneratorGrpcService extends GeneratorServiceGrpc.GeneratorServiceImplBase {
  private final ServedModels models;

  GeneratorGrpcService(ServedModels models) {
    this.models = models;
  }

  @Override
  public void generate(GenerateRequest request, StreamObserver<GenerateResponse> observer) {
    try {
      generate(request, (ServerCallStreamObserver<GenerateResponse>) observer);
    } catch (RuntimeException e) {
      UnaryCall.fail(observer, e);
    }
  }

  @Override
  public void getLoad(GetLoadRequest request, StreamObserver<GetLoadResponse> call) {
    UnaryCall.answer(call, () -> ResponseProtos.load(models.get(request.getModel()).load()));
  }

  @Override
  public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> call) {
    UnaryCall.answer(
        call,
        () ->
            ListModelsResponse.newBuilder()
                .addAllModels(
                    models.all().stream()
                        .map(
                            model ->
                                ResponseProtos.modelInfo(
                                    model.manifest(),
                                    model.limits().contextLength(),
                                    model.vocabulary().hash()))
                        .toList())
                .build());
  }

  private void generate(GenerateRequest proto, ServerCallStreamObserver<GenerateResponse> call) {
    ServedModel model = models.get(proto.getModel());
    checkVocabulary(proto.getVocabularyHash(), model.vocabulary());
    GenerationRequest request = RequestProtos.request(proto, model.limits());
    ConstraintSpec constraint = ConstraintProtos.constraint(proto);
    Span.current()
        .setAttribute("gen_ai.request.model", model.manifest().name())
        .setAttribute("gen_ai.usage.input_tokens", request.prompt().givenTokens())
        .setAttribute("gen_ai.request.choice.count", request.n());
    ServedStream stream = model.admit(request, new CallWriter(call, model.vocabulary()));
    // Before the first event can come: later, gRPC takes no more handlers.
    call.setOnReadyHandler(stream::ready);
    call.setOnCancelHandler(stream::cancel);
    model.start(stream, request, constraint, deadlineNs());
  }

  private static void checkVocabulary(String hash, Vocabulary vocabulary) {
    if (!hash.isEmpty() && !hash.equals(vocabulary.hash())) {
      throw new WeftException.Unsupported(
          "VOCABULARY_MISMATCH",
          "the prompt was made with another vocabulary than the model's, whose hash is "
              + vocabulary.hash(),
          Map.of("param", "vocabulary_hash"));
    }
  }

  private static long deadlineNs() {
    Deadline deadline = Context.current().getDeadline();
    return deadline == null
        ? Generation.NO_DEADLINE
        : System.nanoTime() + deadline.timeRemaining(TimeUnit.NANOSECONDS);
  }

  /** The caller's end of a stream. */
  private record CallWriter(ServerCallStreamObserver<GenerateResponse> call, Vocabulary vocabulary)
      implements Outbox.Writer {
    @Override
    public boolean isReady() {
      return call.isReady();
    }

    @Override
    public void write(GenerationEvent event) {
      call.onNext(ResponseProtos.response(event, vocabulary));
    }

    @Override
    public void complete() {
      call.onCompleted();
    }

    @Override
    public void fail(WeftException failure) {
      UnaryCall.fail(call, failure);
    }
  }
}
