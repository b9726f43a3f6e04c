package io.weft.gateway.grpc;

import io.grpc.ServerServiceDefinition;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.quarkus.grpc.RegisterInterceptor;
import io.weft.gateway.backend.EmbedOptions;
import io.weft.gateway.backend.EncodeOptions;
import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.EncoderClient;
import io.weft.gateway.backend.LabelBounds;
import io.weft.gateway.backend.LabelScore;
import io.weft.gateway.backend.SequenceLength;
import io.weft.gateway.backend.TextPair;
import io.weft.gateway.backend.TokenizerClient;
import io.weft.gateway.grpc.InferProtos.Output;
import io.weft.gateway.http.BackendsReadiness;
import io.weft.gateway.input.Names;
import io.weft.gateway.models.Model;
import io.weft.gateway.models.ModelCatalog;
import io.weft.gateway.rerank.PairScorer;
import io.weft.proto.inference.GRPCInferenceServiceGrpc;
import io.weft.proto.inference.ModelInferRequest;
import io.weft.proto.inference.ModelInferResponse;
import io.weft.proto.inference.ModelMetadataRequest;
import io.weft.proto.inference.ModelMetadataResponse;
import io.weft.proto.inference.ModelReadyRequest;
import io.weft.proto.inference.ModelReadyResponse;
import io.weft.proto.inference.ServerLiveRequest;
import io.weft.proto.inference.ServerLiveResponse;
import io.weft.proto.inference.ServerMetadataRequest;
import io.weft.proto.inference.ServerMetadataResponse;
import io.weft.proto.inference.ServerReadyRequest;
import io.weft.proto.inference.ServerReadyResponse;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.UnaryCall;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.health.Readiness;

/** The Open Inference Protocol: {@code inference.GRPCInferenceService}. */
@GrpcService
@RegisterInterceptor(GatewayCalls.class)
class OpenInferenceGrpcService extends GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase {
  private static final Names TEXTS = Names.list("text");

  private final ModelCatalog catalog;
  private final TokenizerClient tokenizer;
  private final EncoderClient encoder;
  private final PairScorer scorer;
  private final BackendsReadiness readiness;
  private final String version;

  OpenInferenceGrpcService(
      ModelCatalog catalog,
      TokenizerClient tokenizer,
      EncoderClient encoder,
      PairScorer scorer,
      @Readiness BackendsReadiness readiness,
      @ConfigProperty(name = "quarkus.application.version") String version) {
    this.catalog = catalog;
    this.tokenizer = tokenizer;
    this.encoder = encoder;
    this.scorer = scorer;
    this.readiness = readiness;
    this.version = version;
  }

  @Override
  public ServerServiceDefinition bindService() {
    return WireProtos.of(super.bindService());
  }

  @Override
  public void serverLive(ServerLiveRequest request, StreamObserver<ServerLiveResponse> call) {
    UnaryCall.answer(call, () -> ServerLiveResponse.newBuilder().setLive(true).build());
  }

  @Override
  public void serverReady(ServerReadyRequest request, StreamObserver<ServerReadyResponse> call) {
    UnaryCall.answer(
        call, () -> ServerReadyResponse.newBuilder().setReady(readiness.canEncode()).build());
  }

  @Override
  public void modelReady(ModelReadyRequest request, StreamObserver<ModelReadyResponse> call) {
    UnaryCall.answer(
        call, () -> ModelReadyResponse.newBuilder().setReady(isReady(request)).build());
  }

  @Override
  public void serverMetadata(
      ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> call) {
    UnaryCall.answer(
        call,
        () -> ServerMetadataResponse.newBuilder().setName("weft").setVersion(version).build());
  }

  @Override
  public void modelMetadata(
      ModelMetadataRequest request, StreamObserver<ModelMetadataResponse> call) {
    UnaryCall.answer(
        call, () -> InferProtos.metadata(model(request.getName(), request.getVersion())));
  }

  @Override
  public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> call) {
    UnaryCall.answer(call, () -> infer(request));
  }

  private boolean isReady(ModelReadyRequest request) {
    if (!readiness.canEncode()) {
      return false;
    }
    try {
      model(request.getName(), request.getVersion());
      return true;
    } catch (WeftException.NotFound | WeftException.Unsupported e) {
      return false;
    }
  }

  private Model model(String name, String modelVersion) {
    Model model = catalog.encoder(Fields.modelName(name));
    if (!modelVersion.isEmpty() && !modelVersion.equals(InferProtos.VERSION)) {
      throw new WeftException.NotFound(
          "MODEL_VERSION_NOT_FOUND",
          "model '%s' has only the version %s".formatted(model.name(), InferProtos.VERSION),
          Map.of("param", "model_version"));
    }
    if (!model.tasks().contains("embed") && !model.tasks().contains("classify")) {
      throw new WeftException.Unsupported(
          "MODEL_LACKS_TASK",
          "model '%s' can neither embed nor classify".formatted(model.name()),
          Map.of("param", "model_name"));
    }
    return model;
  }

  private ModelInferResponse infer(ModelInferRequest request) {
    Model model = model(request.getModelName(), request.getModelVersion());
    Output output = Output.of(model);
    InferProtos.checkOutputs(request, output);
    EncodeOptions.Cut cut = InferProtos.cut(request);
    List<TextPair> texts = InferProtos.texts(request, output);
    if (output == Output.SCORES) {
      LabelBounds.check(texts.size(), model.labels().size(), TEXTS.param());
    }
    List<float[]> rows =
        switch (output) {
          case EMBEDDING ->
              encoder
                  .embed(model.name(), encode(model, texts, cut), EmbedOptions.DEFAULT, TEXTS)
                  .floats();
          case SCORES ->
              encoder.classify(model.name(), encode(model, texts, cut), false, TEXTS).stream()
                  .map(OpenInferenceGrpcService::inOrder)
                  .toList();
          case SCORE ->
              scorer.score(model, texts, cut, false, TEXTS).scores().stream()
                  .map(score -> new float[] {score})
                  .toList();
        };
    return InferProtos.response(request, model, output, rows);
  }

  private List<EncodedText> encode(Model model, List<TextPair> texts, EncodeOptions.Cut cut) {
    List<EncodedText> sequences =
        tokenizer.encode(model.name(), texts, EncodeOptions.forModel(cut), TEXTS);
    SequenceLength.check(sequences, model.contextLength(), TEXTS);
    return sequences;
  }

  private static float[] inOrder(List<LabelScore> labels) {
    float[] scores = new float[labels.size()];
    labels.forEach(label -> scores[label.index()] = label.score());
    return scores;
  }
}
