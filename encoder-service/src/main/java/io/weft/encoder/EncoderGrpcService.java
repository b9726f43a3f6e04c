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
import io.weft.encoder.task.AnswerFinder;
import io.weft.encoder.task.AnswerSpansTask;
import io.weft.encoder.task.ClassifyTask;
import io.weft.encoder.task.ClassifyTokensTask;
import io.weft.encoder.task.EmbedOptions;
import io.weft.encoder.task.EmbedTask;
import io.weft.encoder.task.EncoderTask;
import io.weft.encoder.task.EntityGroups;
import io.weft.encoder.task.FillMaskTask;
import io.weft.encoder.task.HiddenStatesTask;
import io.weft.encoder.task.ScorePairsTask;
import io.weft.encoder.task.VectorFormat;
import io.weft.proto.common.v1.ModelInfo;
import io.weft.proto.encoder.v1.AnswerSpansRequest;
import io.weft.proto.encoder.v1.AnswerSpansResponse;
import io.weft.proto.encoder.v1.ClassifyRequest;
import io.weft.proto.encoder.v1.ClassifyResponse;
import io.weft.proto.encoder.v1.ClassifyTokensRequest;
import io.weft.proto.encoder.v1.ClassifyTokensResponse;
import io.weft.proto.encoder.v1.EmbedRequest;
import io.weft.proto.encoder.v1.EmbedResponse;
import io.weft.proto.encoder.v1.EncoderServiceGrpc;
import io.weft.proto.encoder.v1.FillMaskRequest;
import io.weft.proto.encoder.v1.FillMaskResponse;
import io.weft.proto.encoder.v1.GetAttentionsRequest;
import io.weft.proto.encoder.v1.GetAttentionsResponse;
import io.weft.proto.encoder.v1.GetHiddenStatesRequest;
import io.weft.proto.encoder.v1.GetHiddenStatesResponse;
import io.weft.proto.encoder.v1.ListModelsRequest;
import io.weft.proto.encoder.v1.ListModelsResponse;
import io.weft.proto.encoder.v1.ScorePairsRequest;
import io.weft.proto.encoder.v1.ScorePairsResponse;
import io.weft.runtime.grpc.OpenCalls;
import io.weft.runtime.grpc.UnaryCall;
import io.weft.runtime.grpc.VirtualThreadCalls;
import io.weft.runtime.model.ModelManifest;
import java.util.List;

/** The encoder's RPCs. Each runs on a virtual thread, which waits for its batches. */
@GrpcService
@RegisterInterceptor(VirtualThreadCalls.class)
@RegisterInterceptor(OpenCalls.class)
class EncoderGrpcService extends EncoderServiceGrpc.EncoderServiceImplBase {
  /** Of Embed, Classify and ScorePairs. */
  private static final int MAX_INPUTS = 10_000;

  private static final int MAX_STATES_INPUTS = 256;
  private static final int MAX_ATTENTIONS_INPUTS = 16;
  private static final int MAX_TOKENS_INPUTS = 1_000;
  private static final int MAX_ANSWERS_INPUTS = 256;
  private static final int MAX_MASKED_INPUTS = 256;

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
  public void getAttentions(
      GetAttentionsRequest request, StreamObserver<GetAttentionsResponse> call) {
    UnaryCall.answer(call, () -> getAttentions(request));
  }

  @Override
  public void classify(ClassifyRequest request, StreamObserver<ClassifyResponse> call) {
    UnaryCall.answer(call, () -> classify(request));
  }

  @Override
  public void classifyTokens(
      ClassifyTokensRequest request, StreamObserver<ClassifyTokensResponse> call) {
    UnaryCall.answer(call, () -> classifyTokens(request));
  }

  @Override
  public void answerSpans(AnswerSpansRequest request, StreamObserver<AnswerSpansResponse> call) {
    UnaryCall.answer(call, () -> answerSpans(request));
  }

  @Override
  public void fillMask(FillMaskRequest request, StreamObserver<FillMaskResponse> call) {
    UnaryCall.answer(call, () -> fillMask(request));
  }

  @Override
  public void scorePairs(ScorePairsRequest request, StreamObserver<ScorePairsResponse> call) {
    UnaryCall.answer(call, () -> scorePairs(request));
  }

  @Override
  public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> call) {
    UnaryCall.answer(
        call,
        () ->
            ListModelsResponse.newBuilder()
                .addAllModels(models.all().stream().map(this::info).toList())
                .build());
  }

  private ModelInfo info(ServedModel model) {
    ModelManifest manifest = model.manifest();
    return EncoderProtos.modelInfo(manifest, models.attentions(manifest.name()) != null);
  }

  private EmbedResponse embed(EmbedRequest request) {
    ServedModel model = models.get(request.getModel());
    RequestLimits.checkTask(model.manifest(), ModelManifest.TASK_EMBED);
    RequestLimits.checkInputs(request.getInputsCount(), MAX_INPUTS);
    EmbedOptions options = EmbedProtos.options(request, model.manifest());
    VectorFormat format = EmbedProtos.format(request, options);
    checkReply(request.getInputsCount() * format.size(options.dimensions()));
    List<TokenSequence> sequences = EncoderProtos.sequences(request.getInputsList());
    return EmbedProtos.response(encode(model, sequences, new EmbedTask(options)), options, format);
  }

  private GetHiddenStatesResponse getHiddenStates(GetHiddenStatesRequest request) {
    ServedModel model = models.get(request.getModel());
    RequestLimits.checkStates(model.manifest());
    RequestLimits.checkInputs(request.getInputsCount(), MAX_STATES_INPUTS);
    int hiddenSize = model.manifest().hiddenSize();
    List<TokenSequence> sequences = EncoderProtos.sequences(request.getInputsList());
    // One vector a token and, for the pooler's, one a sequence.
    long vectors = readable(model, sequences) + sequences.size();
    checkReply(vectors * hiddenSize * Float.BYTES);
    return HiddenStatesProtos.response(
        encode(model, sequences, new HiddenStatesTask()), hiddenSize);
  }

  private GetAttentionsResponse getAttentions(GetAttentionsRequest request) {
    ModelManifest manifest = models.get(request.getModel()).manifest();
    ServedAttentions attentions = models.attentions(manifest.name());
    if (attentions == null) {
      throw RequestLimits.unsupported(
          "model %s has no graph that gives attentions".formatted(manifest.name()));
    }
    RequestLimits.checkInputs(request.getInputsCount(), MAX_ATTENTIONS_INPUTS);
    List<Integer> layers =
        RequestLimits.checkIndexes("layers", request.getLayersList(), manifest.layers());
    List<Integer> heads =
        RequestLimits.checkIndexes("heads", request.getHeadsList(), manifest.heads());
    List<TokenSequence> sequences = EncoderProtos.sequences(request.getInputsList());
    long pairs =
        sequences.stream()
            .mapToLong(TokenSequence::length)
            .filter(length -> length <= manifest.contextLength())
            .map(length -> length * length)
            .sum();
    checkReply(pairs * layers.size() * heads.size() * Float.BYTES);
    describe(manifest, sequences);
    return AttentionsProtos.response(
        attentions.run(sequences, layers, heads, Context.current()), sequences, layers, heads);
  }

  private ClassifyResponse classify(ClassifyRequest request) {
    ServedModel model = models.get(request.getModel());
    ModelManifest.EncoderSpec encoder =
        RequestLimits.checkTask(model.manifest(), ModelManifest.TASK_CLASSIFY);
    RequestLimits.checkInputs(request.getInputsCount(), MAX_INPUTS);
    checkReply(request.getInputsCount() * ClassifyProtos.bytes(encoder.labels()));
    ClassifyTask task = new ClassifyTask(ClassifyTask.Function.of(encoder, request.getRawScores()));
    List<TokenSequence> sequences = EncoderProtos.sequences(request.getInputsList());
    return ClassifyProtos.response(encode(model, sequences, task), encoder.labels());
  }

  private ClassifyTokensResponse classifyTokens(ClassifyTokensRequest request) {
    ServedModel model = models.get(request.getModel());
    List<String> labels =
        RequestLimits.checkTask(model.manifest(), ModelManifest.TASK_CLASSIFY_TOKENS).labels();
    RequestLimits.checkInputs(request.getInputsCount(), MAX_TOKENS_INPUTS);
    EntityGroups groups = ClassifyTokensProtos.groups(request, labels);
    Items items =
        EncoderProtos.aligned(
            request.getInputsList(), ClassifyTokensProtos.aggregation(request).byWord());
    checkReply(readable(model, items.sequences()) * ClassifyTokensProtos.bytesPerToken(labels));
    return ClassifyTokensProtos.response(
        encode(model, items, new ClassifyTokensTask()), items.alignments(), groups);
  }

  private AnswerSpansResponse answerSpans(AnswerSpansRequest request) {
    ServedModel model = models.get(request.getModel());
    RequestLimits.checkTask(model.manifest(), ModelManifest.TASK_ANSWER_SPANS);
    RequestLimits.checkInputs(request.getInputsCount(), MAX_ANSWERS_INPUTS);
    AnswerFinder.Options options = AnswerSpansProtos.options(request);
    Items items = EncoderProtos.aligned(AnswerSpansProtos.windows(request), options.wholeWords());
    checkReply(AnswerSpansProtos.bytes(request, options, items.sequences().size()));
    return AnswerSpansProtos.response(
        request, encode(model, items, new AnswerSpansTask()), items.alignments(), options);
  }

  private FillMaskResponse fillMask(FillMaskRequest request) {
    ServedModel model = models.get(request.getModel());
    ModelManifest manifest = model.manifest();
    RequestLimits.checkTask(manifest, ModelManifest.TASK_FILL_MASK);
    Integer mask = manifest.tokens().mask();
    if (mask == null) {
      throw RequestLimits.unsupported("model %s has no mask token".formatted(manifest.name()));
    }
    RequestLimits.checkInputs(request.getInputsCount(), MAX_MASKED_INPUTS);
    FillMaskTask task = FillMaskProtos.task(request, manifest);
    Items items = FillMaskProtos.items(request.getInputsList(), mask);
    checkReply(FillMaskProtos.bytes(request, items));
    return FillMaskProtos.response(encode(model, items, task), items.sequences(), mask);
  }

  private ScorePairsResponse scorePairs(ScorePairsRequest request) {
    ServedModel model = models.get(request.getModel());
    ModelManifest.EncoderSpec encoder =
        RequestLimits.checkTask(model.manifest(), ModelManifest.TASK_CLASSIFY);
    if (encoder.labels().size() != 1) {
      throw RequestLimits.unsupported(
          "model %s has %,d labels; pairs are scored by a model with 1"
              .formatted(model.manifest().name(), encoder.labels().size()));
    }
    RequestLimits.checkInputs(request.getInputsCount(), MAX_INPUTS);
    ScorePairsTask task = new ScorePairsTask(encoder.activation(), request.getRawScores());
    List<TokenSequence> sequences = EncoderProtos.sequences(request.getInputsList());
    return ScorePairsProtos.response(encode(model, sequences, task));
  }

  /** Runs what can be run; an item with a failure of its own keeps it. */
  private <R> List<Outcome<R>> encode(ServedModel model, Items items, EncoderTask<R> task) {
    List<TokenSequence> sequences = items.valid();
    List<Outcome<R>> outcomes = sequences.isEmpty() ? List.of() : encode(model, sequences, task);
    return Outcome.merge(items.failures(), outcomes);
  }

  private <R> List<Outcome<R>> encode(
      ServedModel model, List<TokenSequence> sequences, EncoderTask<R> task) {
    describe(model.manifest(), sequences);
    Span span = tracer.spanBuilder("encoder.batches").startSpan();
    try (Scope _ = span.makeCurrent()) {
      return model.encode(sequences, task, Context.current());
    } finally {
      span.end();
    }
  }

  private static void describe(ModelManifest manifest, List<TokenSequence> sequences) {
    Span.current()
        .setAttribute("gen_ai.request.model", manifest.name())
        .setAttribute("weft.sequences", sequences.size())
        .setAttribute("gen_ai.usage.input_tokens", tokens(sequences));
  }

  private static long tokens(List<TokenSequence> sequences) {
    return sequences.stream().mapToLong(TokenSequence::length).sum();
  }

  /** Tokens of the sequences that are not too long, which fail by themselves. */
  private static long readable(ServedModel model, List<TokenSequence> sequences) {
    return sequences.stream()
        .mapToLong(TokenSequence::length)
        .filter(length -> length <= model.manifest().contextLength())
        .sum();
  }

  private void checkReply(long bytes) {
    RequestLimits.checkReply(bytes, config.maxReplyBytes());
  }
}
