package io.weft.gateway.backend;

import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.quarkus.grpc.GrpcClient;
import io.weft.gateway.GatewayConfig;
import io.weft.proto.generator.v1.GenerateRequest;
import io.weft.proto.generator.v1.GenerateResponse;
import io.weft.proto.generator.v1.GeneratorServiceGrpc;
import io.weft.proto.generator.v1.GeneratorServiceGrpc.GeneratorServiceBlockingStub;
import io.weft.proto.generator.v1.ListModelsRequest;
import io.weft.runtime.error.WeftException;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Calls the generator. Calls end when the gRPC context that they were started in is cancelled. */
@Singleton
public final class GeneratorClient implements ModelSource {
  private final Channel channel;
  private final BackendStub<GeneratorServiceBlockingStub> backend;
  private final GenAiTracing tracing;
  private final Duration timeout;

  GeneratorClient(
      @GrpcClient("generator") Channel channel, GenAiTracing tracing, GatewayConfig config) {
    this.channel = channel;
    this.backend =
        new BackendStub<>(Backend.GENERATOR, channel, GeneratorServiceGrpc::newBlockingStub);
    this.tracing = tracing;
    this.timeout = config.generatorTimeout();
  }

  /**
   * Starts to generate from every prompt of the request; returns at once.
   *
   * @throws WeftException.Overloaded when its caller has not enough tokens left: see {@link
   *     TokenCharge}
   */
  public GenerationStream generate(GenerationRequest request) {
    int n = request.options().n();
    TokenCharge charge = TokenCharge.of(request);
    GenerationTrace trace = tracing.generation(request);
    GenerationStream stream = new GenerationStream(n, charge, trace);
    trace.within(() -> start(request, stream));
    return stream;
  }

  private void start(GenerationRequest request, GenerationStream stream) {
    int n = request.options().n();
    for (int i = 0; i < request.prompts().size(); i++) {
      Call call = new Call(stream, i * n, request);
      stream.add(call);
      GeneratorServiceGrpc.newStub(channel)
          .withDeadlineAfter(timeout)
          .generate(GeneratorProtos.request(request, request.prompts().get(i)), call);
    }
  }

  /** The generator's names of fields as the request calls them. */
  private static Map<String, String> names(GenerationRequest request) {
    Map<String, String> names = new HashMap<>();
    names.put("prompt_ids", request.promptParam());
    names.put("stop.max_tokens", request.options().stop().maxTokensParam());
    for (String field : List.of("num_beams", "length_penalty", "early_stopping")) {
      names.put("sampling.beam_search." + field, field);
    }
    Constraint constraint = request.options().constraint();
    if (constraint != null) {
      for (String kind : List.of("", ".json_schema", ".json_object", ".regex", ".choice")) {
        names.put("constraint" + kind, constraint.param());
      }
    }
    return names;
  }

  @Override
  public List<ModelDescription> listModels(Duration limit) {
    return ModelProtos.models(
        backend
            .call(limit, "", stub -> stub.listModels(ListModelsRequest.getDefaultInstance()))
            .getModelsList());
  }

  @Override
  public void reconnect() {
    backend.reconnect();
  }

  /** One call; gRPC calls its methods one at a time on the network thread, so they never wait. */
  private final class Call
      implements ClientResponseObserver<GenerateRequest, GenerateResponse>, GenerationStream.Call {
    private final GenerationStream stream;
    private final int firstSequence;
    private final @Nullable Integer rivals;
    private final Map<String, String> names;
    private final Context caller = Context.current();
    private @Nullable ClientCallStreamObserver<GenerateRequest> call;

    Call(GenerationStream stream, int firstSequence, GenerationRequest request) {
      this.stream = stream;
      this.firstSequence = firstSequence;
      this.rivals = request.options().topLogprobs();
      this.names = names(request);
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<GenerateRequest> started) {
      call = started;
      started.disableAutoRequestWithInitial(GenerationStream.WINDOW);
    }

    @Override
    public void onNext(GenerateResponse response) {
      try {
        stream.signal(
            new GenerationStream.Signal.Event(
                this, GeneratorProtos.event(response, firstSequence, rivals)));
      } catch (WeftException e) {
        stream.signal(new GenerationStream.Signal.Failed(e));
      }
    }

    @Override
    public void onError(Throwable failure) {
      stream.signal(new GenerationStream.Signal.Failed(translate(failure)));
    }

    @Override
    public void onCompleted() {
      stream.signal(new GenerationStream.Signal.Completed());
    }

    @Override
    public void request() {
      if (call != null) {
        call.request(1);
      }
    }

    @Override
    public void cancel() {
      if (call != null) {
        call.cancel("the gateway needs no more of it", null);
      }
    }

    private WeftException translate(Throwable failure) {
      return failure instanceof StatusRuntimeException status
          ? ApiTerms.translate(
              BackendFailures.of(Backend.GENERATOR, timeout, caller, status), names)
          : new WeftException.Internal("the call to the generator failed", failure);
    }
  }
}
