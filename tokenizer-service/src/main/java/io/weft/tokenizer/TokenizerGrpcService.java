package io.weft.tokenizer;

import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.quarkus.grpc.RegisterInterceptor;
import io.weft.proto.tokenizer.v1.DecodeRequest;
import io.weft.proto.tokenizer.v1.DecodeResponse;
import io.weft.proto.tokenizer.v1.DecodeStreamRequest;
import io.weft.proto.tokenizer.v1.DecodeStreamResponse;
import io.weft.proto.tokenizer.v1.EncodeChatRequest;
import io.weft.proto.tokenizer.v1.EncodeChatResponse;
import io.weft.proto.tokenizer.v1.EncodeRequest;
import io.weft.proto.tokenizer.v1.EncodeResponse;
import io.weft.proto.tokenizer.v1.EncodeResult;
import io.weft.proto.tokenizer.v1.FindTokensRequest;
import io.weft.proto.tokenizer.v1.FindTokensResponse;
import io.weft.proto.tokenizer.v1.FoundToken;
import io.weft.proto.tokenizer.v1.GetVocabularyRequest;
import io.weft.proto.tokenizer.v1.GetVocabularyResponse;
import io.weft.proto.tokenizer.v1.ListModelsRequest;
import io.weft.proto.tokenizer.v1.ListModelsResponse;
import io.weft.proto.tokenizer.v1.TokenSequence;
import io.weft.proto.tokenizer.v1.TokenizerServiceGrpc;
import io.weft.proto.tokenizer.v1.VocabularyEntries;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.OpenCalls;
import io.weft.runtime.grpc.UnaryCall;
import io.weft.runtime.grpc.VirtualThreadCalls;
import io.weft.runtime.limit.AdmissionLimit;
import io.weft.tokenizer.encode.BatchEncoder;
import io.weft.tokenizer.encode.EncodeOptions;
import io.weft.tokenizer.encode.ReplyMemory;
import io.weft.tokenizer.encode.TextEncoder;
import io.weft.tokenizer.encode.TextItem;
import io.weft.tokenizer.encode.Utf8;
import io.weft.tokenizer.encode.WorkPool;
import io.weft.tokenizer.model.ChatEncoder;
import io.weft.tokenizer.model.ChatPrompt;
import io.weft.tokenizer.model.TokenizerModel;
import io.weft.tokenizer.model.ToolCallForm;
import io.weft.tokenizer.vocabulary.Detokenizer;
import io.weft.tokenizer.vocabulary.Vocabulary;
import java.util.List;

/**
 * The tokenizer's RPCs. Each runs on a virtual thread, which waits for the {@link WorkPool} where
 * texts are encoded or templates rendered; looking up tokens is done on the spot.
 */
@GrpcService
@RegisterInterceptor(VirtualThreadCalls.class)
@RegisterInterceptor(OpenCalls.class)
class TokenizerGrpcService extends TokenizerServiceGrpc.TokenizerServiceImplBase {
  private static final int MAX_INPUTS = 10_000;
  private static final int BYTES_PER_TOKEN = 4;
  private static final int ENTRIES_PER_MESSAGE = 4_096;

  private final TokenizerRuntime runtime;
  private final TokenizerMetrics metrics;

  TokenizerGrpcService(TokenizerRuntime runtime, TokenizerMetrics metrics) {
    this.runtime = runtime;
    this.metrics = metrics;
  }

  @Override
  public void encode(EncodeRequest request, StreamObserver<EncodeResponse> call) {
    try (ReplyMemory.Reply reply = runtime.replies().begin("inputs")) {
      UnaryCall.answer(call, () -> encode(request, reply));
    }
  }

  private EncodeResponse encode(EncodeRequest request, ReplyMemory.Reply reply) {
    long start = System.nanoTime();
    TokenizerRuntime.State state = runtime.state();
    TokenizerModel model = state.models().require(request.getModel());
    requireCount(request.getInputsCount(), "inputs");
    EncodeOptions options = TokenizerProtos.options(request, model.vocabulary());
    List<TextItem> items = request.getInputsList().stream().map(TokenizerProtos::item).toList();
    long bytes = items.stream().mapToLong(TextItem::bytes).sum();
    BatchEncoder.Batch batch =
        new BatchEncoder.Batch(items, options, reply, Context.current()::isCancelled);
    List<EncodeResult> results;
    try (AdmissionLimit.Permit _ = state.admission().admit(bytes / BYTES_PER_TOKEN)) {
      results =
          state
              .batches()
              .encode(
                  model.encoder(),
                  batch,
                  outcome -> TokenizerProtos.result(outcome, options.fields(), model.vocabulary()));
    }
    long tokens = results.stream().mapToLong(r -> r.getEncoding().getTokenCount()).sum();
    metrics.encoded(model.name(), items.size(), tokens);
    metrics.answered("Encode", model.name(), start);
    return EncodeResponse.newBuilder().addAllResults(results).build();
  }

  @Override
  public void encodeChat(EncodeChatRequest request, StreamObserver<EncodeChatResponse> call) {
    UnaryCall.answer(call, () -> encodeChat(request));
  }

  private EncodeChatResponse encodeChat(EncodeChatRequest request) {
    long start = System.nanoTime();
    TokenizerRuntime.State state = runtime.state();
    TokenizerModel model = state.models().require(request.getModel());
    model.requireTemplate();
    ChatPrompt chat = TokenizerProtos.chat(request);
    long bytes = chat.messages().stream().mapToLong(m -> Utf8.length(m.content())).sum();
    if (bytes > TextEncoder.MAX_TEXT_BYTES) {
      throw new WeftException.InvalidRequest(
          "PROMPT_TOO_LONG",
          "the messages have %,d bytes > %,d".formatted(bytes, TextEncoder.MAX_TEXT_BYTES),
          "messages");
    }
    ChatEncoder.Prompt prompt;
    int size = request.getSerializedSize();
    try (AdmissionLimit.Permit _ = state.admission().admit(size / BYTES_PER_TOKEN)) {
      WorkPool.Piece<ChatEncoder.Prompt> piece =
          WorkPool.Piece.of(size, () -> ChatEncoder.encode(model, chat));
      prompt = state.pool().run(List.of(piece), Context.current()::isCancelled).getFirst();
    }
    EncodeChatResponse.Builder response = EncodeChatResponse.newBuilder();
    for (int id : prompt.ids()) {
      response.addIds(id);
    }
    if (request.getReturnText()) {
      response.setText(prompt.text());
    }
    if (!chat.tools().isEmpty()) {
      ToolCallForm form = ToolCallForm.of(model.requireTemplate());
      response.setToolCallForm(TokenizerProtos.form(form));
      response.setToolCallMarksSpecial(form.marksAreSpecial(model));
    }
    metrics.encoded(model.name(), prompt.ids().length);
    metrics.answered("EncodeChat", model.name(), start);
    return response.build();
  }

  @Override
  public void decode(DecodeRequest request, StreamObserver<DecodeResponse> call) {
    try (ReplyMemory.Reply reply = runtime.replies().begin("sequences")) {
      UnaryCall.answer(call, () -> decode(request, reply));
    }
  }

  private DecodeResponse decode(DecodeRequest request, ReplyMemory.Reply reply) {
    long start = System.nanoTime();
    TokenizerModel model = runtime.state().models().require(request.getModel());
    requireCount(request.getSequencesCount(), "sequences");
    boolean skip = !request.hasSkipSpecialTokens() || request.getSkipSpecialTokens();
    DecodeResponse.Builder response = DecodeResponse.newBuilder();
    long tokens = 0;
    for (TokenSequence sequence : request.getSequencesList()) {
      int[] ids = TokenizerProtos.ids(sequence.getIdsList(), model);
      tokens += ids.length;
      reply.accept(model.vocabulary().textBytes(ids));
      response.addTexts(Detokenizer.decode(model.vocabulary(), ids, skip));
    }
    metrics.decoded(model.name(), tokens);
    metrics.answered("Decode", model.name(), start);
    return response.build();
  }

  @Override
  public StreamObserver<DecodeStreamRequest> decodeStream(
      StreamObserver<DecodeStreamResponse> call) {
    return DecodeStreamGrpcService.open(
        runtime, metrics, (ServerCallStreamObserver<DecodeStreamResponse>) call);
  }

  @Override
  public void findTokens(FindTokensRequest request, StreamObserver<FindTokensResponse> call) {
    UnaryCall.answer(
        call,
        () -> {
          long start = System.nanoTime();
          TokenizerModel model = runtime.state().models().require(request.getModel());
          requireCount(request.getTokensCount(), "tokens");
          FindTokensResponse.Builder response = FindTokensResponse.newBuilder();
          for (String token : request.getTokensList()) {
            FoundToken.Builder found = FoundToken.newBuilder();
            model.vocabulary().id(token).ifPresent(found::setId);
            response.addResults(found);
          }
          metrics.answered("FindTokens", model.name(), start);
          return response.build();
        });
  }

  @Override
  public void getVocabulary(
      GetVocabularyRequest request, StreamObserver<GetVocabularyResponse> call) {
    try {
      Vocabulary vocabulary = runtime.state().models().require(request.getModel()).vocabulary();
      call.onNext(
          GetVocabularyResponse.newBuilder().setHeader(TokenizerProtos.header(vocabulary)).build());
      for (int from = 0; from < vocabulary.size(); from += ENTRIES_PER_MESSAGE) {
        VocabularyEntries.Builder entries = VocabularyEntries.newBuilder();
        int to = Math.min(vocabulary.size(), from + ENTRIES_PER_MESSAGE);
        for (int id = from; id < to; id++) {
          entries.addEntries(TokenizerProtos.entry(vocabulary, id));
        }
        call.onNext(GetVocabularyResponse.newBuilder().setEntries(entries).build());
      }
      call.onCompleted();
    } catch (RuntimeException e) {
      UnaryCall.fail(call, e);
    }
  }

  @Override
  public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> call) {
    UnaryCall.answer(
        call,
        () ->
            ListModelsResponse.newBuilder()
                .addAllModels(
                    runtime.state().models().all().stream().map(TokenizerProtos::info).toList())
                .build());
  }

  private static void requireCount(int count, String field) {
    if (count < 1 || count > MAX_INPUTS) {
      throw new WeftException.InvalidRequest(
          "BATCH_OUT_OF_RANGE",
          "%,d %s, there must be 1 to %,d".formatted(count, field, MAX_INPUTS),
          field);
    }
  }
}
