package io.weft.gateway.grpc;

import io.grpc.ServerServiceDefinition;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.quarkus.grpc.RegisterInterceptor;
import io.weft.gateway.backend.EmbedOptions;
import io.weft.gateway.backend.EmbeddedItems;
import io.weft.gateway.backend.EncodeOptions.Cut;
import io.weft.gateway.backend.EncodedBatch;
import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.EncoderClient;
import io.weft.gateway.backend.GenerationOptions;
import io.weft.gateway.backend.GenerationRequest;
import io.weft.gateway.backend.GeneratorClient;
import io.weft.gateway.backend.ItemNames;
import io.weft.gateway.backend.LabelBounds;
import io.weft.gateway.backend.TextPair;
import io.weft.gateway.backend.TokenIds;
import io.weft.gateway.backend.TokenizerClient;
import io.weft.gateway.generation.PromptLimits;
import io.weft.gateway.input.Names;
import io.weft.gateway.models.Model;
import io.weft.gateway.models.ModelCatalog;
import io.weft.gateway.rerank.PairScorer;
import io.weft.gateway.tools.ChatGeneration;
import io.weft.gateway.zeroshot.ZeroShotClassifier;
import io.weft.proto.gateway.v1.AnswerQuestionsRequest;
import io.weft.proto.gateway.v1.AnswerQuestionsResponse;
import io.weft.proto.gateway.v1.ChatRequest;
import io.weft.proto.gateway.v1.ChatResponse;
import io.weft.proto.gateway.v1.ClassifyRequest;
import io.weft.proto.gateway.v1.ClassifyResponse;
import io.weft.proto.gateway.v1.ClassifyTokensRequest;
import io.weft.proto.gateway.v1.ClassifyTokensResponse;
import io.weft.proto.gateway.v1.ClassifyZeroShotRequest;
import io.weft.proto.gateway.v1.ClassifyZeroShotResponse;
import io.weft.proto.gateway.v1.CompleteRequest;
import io.weft.proto.gateway.v1.CompleteResponse;
import io.weft.proto.gateway.v1.EmbedRequest;
import io.weft.proto.gateway.v1.EmbedResponse;
import io.weft.proto.gateway.v1.FillMaskRequest;
import io.weft.proto.gateway.v1.FillMaskResponse;
import io.weft.proto.gateway.v1.GetAttentionsRequest;
import io.weft.proto.gateway.v1.GetAttentionsResponse;
import io.weft.proto.gateway.v1.GetHiddenStatesRequest;
import io.weft.proto.gateway.v1.GetHiddenStatesResponse;
import io.weft.proto.gateway.v1.InferenceServiceGrpc;
import io.weft.proto.gateway.v1.ListModelsRequest;
import io.weft.proto.gateway.v1.ListModelsResponse;
import io.weft.proto.gateway.v1.RerankRequest;
import io.weft.proto.gateway.v1.RerankResponse;
import io.weft.proto.gateway.v1.ScoreRequest;
import io.weft.proto.gateway.v1.ScoreResponse;
import io.weft.runtime.grpc.UnaryCall;
import java.util.List;

/**
 * {@code weft.gateway.v1.InferenceService}. Each call runs on a virtual thread, in the gRPC context
 * of its caller, so that its deadline and its end reach the services behind.
 */
@GrpcService
@RegisterInterceptor(GatewayCalls.class)
class InferenceGrpcService extends InferenceServiceGrpc.InferenceServiceImplBase {
  private static final ItemNames TEXTS = Names.list("texts");

  private final ModelCatalog catalog;
  private final TokenizerClient tokenizer;
  private final EncoderClient encoder;
  private final PairScorer scorer;
  private final GeneratorClient generator;
  private final ChatGeneration chats;
  private final EncoderTasks tasks;

  InferenceGrpcService(
      ModelCatalog catalog,
      TokenizerClient tokenizer,
      EncoderClient encoder,
      PairScorer scorer,
      GeneratorClient generator,
      ChatGeneration chats,
      EncoderTasks tasks) {
    this.catalog = catalog;
    this.tokenizer = tokenizer;
    this.encoder = encoder;
    this.scorer = scorer;
    this.generator = generator;
    this.chats = chats;
    this.tasks = tasks;
  }

  @Override
  public ServerServiceDefinition bindService() {
    return WireProtos.of(super.bindService());
  }

  @Override
  public void chat(ChatRequest request, StreamObserver<ChatResponse> call) {
    ReplyStream.answer(
        call,
        replies -> {
          Model model = catalog.generator(Fields.modelName(request.getModel()));
          GenerationOptions options = GenerationProtos.options(request);
          ChatGeneration.Answer answer =
              chats.begin(
                  model,
                  ConversationProtos.conversation(request, options.constraint()),
                  options,
                  OpenCall.current().exchange().tenant());
          Generations.relay(
              answer.events(), model, new GenerationProtos.Chat(answer.parsers(), replies));
        });
  }

  @Override
  public void complete(CompleteRequest request, StreamObserver<CompleteResponse> call) {
    ReplyStream.answer(
        call,
        replies -> {
          Model model = catalog.generator(Fields.modelName(request.getModel()));
          GenerationOptions options = GenerationProtos.options(request);
          String text = Fields.text("prompt", request.getPrompt());
          TokenIds prompt =
              tokenizer.encode(model.name(), List.of(text), new Names("prompt", false)).getFirst();
          GenerationRequest generation =
              new GenerationRequest(
                  model.name(),
                  model.vocabularyHash(),
                  List.of(prompt),
                  OpenCall.current().exchange().tenant(),
                  "prompt",
                  options,
                  false);
          PromptLimits.check(generation, model);
          Generations.relay(
              generator.generate(generation), model, new GenerationProtos.Completion(replies));
        });
  }

  @Override
  public void embed(EmbedRequest request, StreamObserver<EmbedResponse> call) {
    UnaryCall.answer(
        call,
        () -> {
          Model model = catalog.embedder(Fields.modelName(request.getModel()));
          EmbedOptions options = BatchProtos.options(request);
          EncodedBatch<EncodedText> batch =
              encode(model, BatchProtos.texts(request.getTextsList()), request.getTruncate());
          EmbeddedItems embedded =
              encoder.embedEach(model.name(), batch.sequences(), options, TEXTS);
          return BatchProtos.embeddings(batch.answer(embedded.vectors()), embedded.normalized());
        });
  }

  @Override
  public void classify(ClassifyRequest request, StreamObserver<ClassifyResponse> call) {
    UnaryCall.answer(
        call,
        () -> {
          Model model = catalog.classifier(Fields.modelName(request.getModel()));
          LabelBounds.check(request.getTextsCount(), model.labels().size(), TEXTS.param());
          EncodedBatch<EncodedText> batch =
              encode(model, BatchProtos.texts(request.getTextsList()), request.getTruncate());
          return BatchProtos.labels(
              batch.answer(
                  encoder.classifyEach(
                      model.name(), batch.sequences(), request.getRawScores(), TEXTS)));
        });
  }

  @Override
  public void rerank(RerankRequest request, StreamObserver<RerankResponse> call) {
    UnaryCall.answer(
        call,
        () -> {
          Model model = catalog.scorer(Fields.modelName(request.getModel()));
          return BatchProtos.ranking(
              scorer.scoreEach(
                  model,
                  BatchProtos.pairs(request),
                  cut(request.getTruncate()),
                  request.getRawScores(),
                  TEXTS),
              request.getTopN());
        });
  }

  @Override
  public void score(ScoreRequest request, StreamObserver<ScoreResponse> call) {
    UnaryCall.answer(
        call,
        () -> {
          Model model = catalog.scorer(Fields.modelName(request.getModel()));
          return BatchProtos.scores(
              scorer.scoreEach(
                  model,
                  BatchProtos.pairs(request),
                  cut(request.getTruncate()),
                  request.getRawScores(),
                  Names.list("pairs")));
        });
  }

  @Override
  public void classifyTokens(
      ClassifyTokensRequest request, StreamObserver<ClassifyTokensResponse> call) {
    UnaryCall.answer(
        call,
        () ->
            EncoderTaskProtos.entities(
                tasks
                    .tagger()
                    .entities(
                        catalog.encoder(Fields.modelName(request.getModel()), "classify_tokens"),
                        EncoderTaskProtos.texts(request),
                        EncoderTaskProtos.query(request),
                        TEXTS)));
  }

  @Override
  public void answerQuestions(
      AnswerQuestionsRequest request, StreamObserver<AnswerQuestionsResponse> call) {
    UnaryCall.answer(
        call,
        () ->
            EncoderTaskProtos.answers(
                tasks
                    .answerer()
                    .answers(
                        catalog.encoder(Fields.modelName(request.getModel()), "answer_spans"),
                        EncoderTaskProtos.pairs(request),
                        EncoderTaskProtos.options(request),
                        EncoderTaskProtos.windows(request),
                        Names.list("questions"))));
  }

  @Override
  public void fillMask(FillMaskRequest request, StreamObserver<FillMaskResponse> call) {
    UnaryCall.answer(
        call,
        () ->
            EncoderTaskProtos.fills(
                tasks
                    .filler()
                    .fills(
                        catalog.encoder(Fields.modelName(request.getModel()), "fill_mask"),
                        EncoderTaskProtos.texts(request),
                        EncoderTaskProtos.query(request),
                        TEXTS)));
  }

  @Override
  public void classifyZeroShot(
      ClassifyZeroShotRequest request, StreamObserver<ClassifyZeroShotResponse> call) {
    UnaryCall.answer(
        call,
        () -> {
          Model model = catalog.classifier(Fields.modelName(request.getModel()));
          ZeroShotClassifier.Query query = EncoderTaskProtos.query(request);
          return EncoderTaskProtos.labels(
              tasks.zeroShot().scores(model, request.getTextsList(), query, TEXTS), query.labels());
        });
  }

  @Override
  public void getHiddenStates(
      GetHiddenStatesRequest request, StreamObserver<GetHiddenStatesResponse> call) {
    UnaryCall.answer(
        call,
        () ->
            StateProtos.states(
                tasks
                    .states()
                    .states(
                        catalog.encoder(Fields.modelName(request.getModel())),
                        StateProtos.texts(request),
                        cut(request.getTruncate()),
                        TEXTS)));
  }

  @Override
  public void getAttentions(
      GetAttentionsRequest request, StreamObserver<GetAttentionsResponse> call) {
    UnaryCall.answer(
        call,
        () ->
            StateProtos.attentions(
                tasks
                    .states()
                    .attentions(
                        catalog.attentive(Fields.modelName(request.getModel())),
                        StateProtos.texts(request),
                        StateProtos.choice(request),
                        cut(request.getTruncate()),
                        TEXTS)));
  }

  @Override
  public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> call) {
    UnaryCall.answer(
        call,
        () ->
            ListModelsResponse.newBuilder()
                .addAllModels(catalog.all().stream().map(BatchProtos::model).toList())
                .build());
  }

  private EncodedBatch<EncodedText> encode(Model model, List<TextPair> texts, boolean truncate) {
    return EncodedBatch.of(
        tokenizer, model.name(), model.contextLength(), texts, cut(truncate), TEXTS);
  }

  private static Cut cut(boolean truncate) {
    return truncate ? Cut.END : Cut.NONE;
  }
}
