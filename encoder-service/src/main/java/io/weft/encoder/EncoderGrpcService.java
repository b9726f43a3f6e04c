package io.weft.encoder;

import io.grpc.Context;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import io.quarkus.grpc.GrpcService;
import io.quarkus.grpc.RegisterInterceptor;
import io.weft.encoder.batch.Outcome;
import io.weft.encoder.model.TokenSequence;
import io.weft.encoder.task.EmbedOptions;
import io.weft.encoder.task.EmbedTask;
import io.weft.encoder.task.EncoderTask;
import io.weft.encoder.task.HiddenStatesTask;
import io.weft.encoder.task.VectorFormat;
import io.weft.proto.encoder.v1.EmbedRequest;
import io.weft.proto.encoder.v1.EmbedResponse;
import io.weft.proto.encoder.v1.EncoderServiceGrpc;
import io.weft.proto.encoder.v1.GetHiddenStatesRequest;
import io.weft.proto.encoder.v1.GetHiddenStatesResponse;
import io.weft.proto.encoder.v1.ListModelsRequest;
import io.weft.proto.encoder.v1.ListModelsResponse;
import io.weft.proto.encoder.v1.TokenInput;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.UnaryCall;
import io.weft.runtime.grpc.VirtualThreadCalls;
import java.util.List;
import java.util.Locale;

/** The encoder's RPCs. Each runs on a virtual thread, which waits for its batches. */
@GrpcService
@RegisterInterceptor(VirtualThreadCalls.class)
class EncoderGrpcService extends EncoderServiceGrpc.EncoderServiceImplBase {
  private static final int MAX_EMBED_INPUTS = 10_000;
  private static final int MAX_HIDDEN_STATES_INPUTS = 256;

  private final ServedModels models;
  private final EncoderConfig config;
  private final Tracer tracer;

  EncoderGrpcService(ServedModels models, EncoderConfig config, Tracer tracer) {
    this.models = models;
    this.config = config;
    this.tracer = tracer;
  }

  @Override
  public void embed(EmbedRequest request, StreamObserver<EmbedResponse> call) {
    UnaryCall.answer(call, () -> embed(request));
  }

  @Override
  public void getHiddenStates(
      GetHiddenStatesRequest request, StreamObserver<GetHiddenStatesResponse> call) {
    UnaryCall.answer(call, () -> getHiddenStates(request));
  }

  @Override
  public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> call) {
    UnaryCall.answer(
        call,
        () ->
            ListModelsResponse.newBuilder()
                .addAllModels(
                    models.all().stream()
                        .map(model -> EncoderProtos.modelInfo(model.manifest()))
                        .toList())
                .build());
  }

  private EmbedResponse embed(EmbedRequest request) {
    ServedModel model = models.get(request.getModel());
    checkCount(request.getInputsList(), MAX_EMBED_INPUTS);
    EmbedOptions options = EncoderProtos.options(request, model.manifest());
    VectorFormat format = EncoderProtos.format(request, options);
    checkReply(request.getInputsCount() * format.size(options.dimensions()));
    return EncoderProtos.embedResponse(
        encode(model, request.getInputsList(), new EmbedTask(options)), options, format);
  }

  private GetHiddenStatesResponse getHiddenStates(GetHiddenStatesRequest request) {
    ServedModel model = models.get(request.getModel());
    checkCount(request.getInputsList(), MAX_HIDDEN_STATES_INPUTS);
    int hiddenSize = model.manifest().hiddenSize();
    // One vector a token and, for the pooler's, one a sequence.
    long vectors = tokens(request.getInputsList()) + request.getInputsCount();
    checkReply(vectors * hiddenSize * Float.BYTES);
    return EncoderProtos.hiddenStatesResponse(
        encode(model, request.getInputsList(), new HiddenStatesTask()), hiddenSize);
  }

  private <R> List<Outcome<R>> encode(
      ServedModel model, List<TokenInput> inputs, EncoderTask<R> task) {
    List<TokenSequence> sequences = EncoderProtos.sequences(inputs);
    Span.current()
        .setAttribute("weft.model", model.manifest().name())
        .setAttribute("weft.sequences", inputs.size())
        .setAttribute("weft.tokens", tokens(inputs));
    Span span = tracer.spanBuilder("encoder.batches").startSpan();
    try (Scope _ = span.makeCurrent()) {
      return model.encode(sequences, task, Context.current());
    } finally {
      span.end();
    }
  }

  private static long tokens(List<TokenInput> inputs) {
    return inputs.stream().mapToLong(TokenInput::getIdsCount).sum();
  }

  private static void checkCount(List<TokenInput> inputs, int most) {
    if (inputs.isEmpty()) {
      throw new WeftException.InvalidRequest(
          "NO_INPUTS", "0 inputs, at least 1 is needed", "inputs");
    }
    if (inputs.size() > most) {
      throw new WeftException.InvalidRequest(
          "TOO_MANY_INPUTS",
          String.format(Locale.ROOT, "%,d inputs > %,d", inputs.size(), most),
          "inputs");
    }
  }

  private void checkReply(long bytes) {
    if (bytes > config.maxReplyBytes()) {
      throw new WeftException.InvalidRequest(
          "REPLY_TOO_LARGE",
          String.format(
              Locale.ROOT,
              "the reply would take %,d bytes > %,d: send fewer inputs",
              bytes,
              config.maxReplyBytes()),
          "inputs");
    }
  }
}
