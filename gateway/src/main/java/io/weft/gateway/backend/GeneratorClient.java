package io.weft.gateway.backend;

import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.quarkus.grpc.GrpcClient;
import io.weft.gateway.GatewayConfig;
import io.weft.gateway.replica.Prefix;
import io.weft.gateway.replica.ReplicaChannels;
import io.weft.gateway.replica.Replicas;
import io.weft.gateway.replica.RetryBudget;
import io.weft.gateway.replica.Route;
import io.weft.proto.generator.v1.GenerateRequest;
import io.weft.proto.generator.v1.GenerateResponse;
import io.weft.proto.generator.v1.GeneratorServiceGrpc;
import io.weft.proto.generator.v1.GeneratorServiceGrpc.GeneratorServiceBlockingStub;
import io.weft.proto.generator.v1.GetLoadRequest;
import io.weft.proto.generator.v1.GetLoadResponse;
import io.weft.proto.generator.v1.ListModelsRequest;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.Statuses;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Calls the generator. Calls end when the gRPC context that they were started in is cancelled.
 *
 * <p>A generation whose replica is lost before its first token moves to another one, within its
 * deadline and the budget of retries; whether it waited or was being prefilled there makes no
 * difference. Once it has had a token it is never begun again: its stream fails.
 */
@Singleton
public final class GeneratorClient implements ModelSource {
  /** Attempts of one generation, the first included. */
  private static final int ATTEMPTS = 4;

  private final Channel channel;
  private final BackendStub<GeneratorServiceBlockingStub> backend;
  private final GenAiTracing tracing;
  private final Replicas replicas;
  private final RetryBudget budget = new RetryBudget();
  private final Duration timeout;
  private final BackendMetrics metrics;

  GeneratorClient(
      @GrpcClient("generator") Channel channel,
      ReplicaChannels channels,
      BackendMetrics metrics,
      GenAiTracing tracing,
      GatewayConfig config) {
    this.channel = channel;
    this.backend =
        new BackendStub<>(
            Backend.GENERATOR, channel, GeneratorServiceGrpc::newBlockingStub, metrics);
    this.replicas = channels.replicas(Backend.GENERATOR.toString());
    this.metrics = metrics;
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
      Call call = new Call(stream, i * n, request, request.prompts().get(i));
      stream.add(call);
      call.start();
    }
  }

  /** To the replica that has the prompt's beginning in its cache, by what this gateway sent. */
  private static Route route(GenerationRequest request, TokenIds prompt) {
    Prefix.Builder prefix = new Prefix.Builder(request.model(), request.tenant());
    prompt.forEach(prefix::add);
    return Route.byPrefix(request.model(), request.options().n(), prefix.build());
  }

  /** The generator's names of fields as the request calls them. */
  private static Map<String, String> names(GenerationRequest request) {
    Map<String, String> names = new HashMap<>();
    names.put("prompt_ids", request.promptParam());
    names.put("stop.max_tokens", request.options().stop().maxTokensParam());
    if (request.options().promptLogprobs() == null) {
      names.put("output.prompt_logprobs", "echo");
    }
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
  public Replicas replicas() {
    return replicas;
  }

  @Override
  public List<ModelDescription> listModels(Duration limit, Route route) {
    return ModelProtos.models(
        backend
            .call(limit, "", route, stub -> stub.listModels(ListModelsRequest.getDefaultInstance()))
            .getModelsList());
  }

  /** Sequences, as routes of generations count them. */
  @Override
  public OptionalLong work(Duration limit, Route route, List<ModelDescription> models) {
    long work = 0;
    for (ModelDescription model : models) {
      GetLoadRequest request = GetLoadRequest.newBuilder().setModel(model.name()).build();
      GetLoadResponse load = backend.call(limit, "", route, stub -> stub.getLoad(request));
      work += load.getRunning() + load.getWaiting();
    }
    return OptionalLong.of(work);
  }

  @Override
  public void reconnect() {
    backend.reconnect();
  }

  /**
   * One generation, over all its attempts. gRPC calls the observer of an attempt on the network
   * thread, one method at a time and nothing after its end, so observers never wait, and only one
   * attempt is there at a time.
   */
  private final class Call implements GenerationStream.Call {
    private final GenerationStream stream;
    private final int firstSequence;
    private final @Nullable Integer rivals;
    private final Map<String, String> names;
    private final GenerateRequest request;
    private final Route route;
    private final Context caller = Context.current();
    private final io.opentelemetry.context.Context trace =
        io.opentelemetry.context.Context.current();
    private final Deadline deadline = Deadline.after(timeout.toNanos(), TimeUnit.NANOSECONDS);
    private int attempts;
    private boolean accepted;
    private boolean begun;
    private boolean cancelled;
    private @Nullable ClientCallStreamObserver<GenerateRequest> attempt;

    Call(GenerationStream stream, int firstSequence, GenerationRequest request, TokenIds prompt) {
      this.stream = stream;
      this.firstSequence = firstSequence;
      this.rivals = request.options().topLogprobs();
      this.names = names(request);
      this.request = GeneratorProtos.request(request, prompt);
      this.route = route(request, prompt);
    }

    /**
     * Makes an attempt. The reader waits meanwhile: what it asks of a call that gRPC has not
     * started yet would fail. It may have left while there was no attempt to cancel.
     */
    synchronized void start() {
      attempts++;
      GeneratorServiceGrpc.newStub(channel)
          .withDeadline(deadline)
          .withOption(Route.KEY, route)
          .generate(request, new Attempt());
      if (cancelled) {
        cancel();
      }
    }

    private synchronized void attach(ClientCallStreamObserver<GenerateRequest> started) {
      attempt = started;
    }

    @Override
    public synchronized void request() {
      if (attempt != null) {
        attempt.request(1);
      }
    }

    @Override
    public synchronized void cancel() {
      cancelled = true;
      if (attempt != null) {
        attempt.cancel("the gateway needs no more of it", null);
      }
    }

    private synchronized boolean isCancelled() {
      return cancelled || caller.isCancelled();
    }

    /** Another attempt would be the first that its client sees. */
    private boolean mayMove(Throwable failure) {
      if (begun || isCancelled() || deadline.isExpired() || attempts >= ATTEMPTS) {
        return false;
      }
      return Statuses.isLost(failure) && budget.failure();
    }

    private WeftException translate(Throwable failure) {
      return failure instanceof StatusRuntimeException status
          ? ApiTerms.translate(
              BackendFailures.of(Backend.GENERATOR, timeout, caller, status), names)
          : new WeftException.Internal("the call to the generator failed", failure);
    }

    /** What one replica tells. */
    private final class Attempt
        implements ClientResponseObserver<GenerateRequest, GenerateResponse> {
      @Override
      public void beforeStart(ClientCallStreamObserver<GenerateRequest> started) {
        started.disableAutoRequestWithInitial(GenerationStream.WINDOW);
        attach(started);
      }

      @Override
      public void onNext(GenerateResponse response) {
        try {
          GenerationEvent event = GeneratorProtos.event(response, firstSequence, rivals);
          if (!(event instanceof GenerationEvent.Accepted)) {
            if (!begun) {
              begun = true;
              budget.success();
            }
          } else if (accepted) {
            // Accepted by a second replica: the reader knows of the first.
            request();
            return;
          } else {
            accepted = true;
          }
          stream.signal(new GenerationStream.Signal.Event(Call.this, event));
        } catch (WeftException e) {
          stream.signal(new GenerationStream.Signal.Failed(e));
        }
      }

      @Override
      public void onError(Throwable failure) {
        if (mayMove(failure)) {
          metrics.moved(Backend.GENERATOR);
          caller.run(
              () -> {
                try (io.opentelemetry.context.Scope _ = trace.makeCurrent()) {
                  start();
                }
              });
        } else {
          stream.signal(new GenerationStream.Signal.Failed(translate(failure)));
        }
      }

      @Override
      public void onCompleted() {
        stream.signal(new GenerationStream.Signal.Completed());
      }
    }
  }
}
