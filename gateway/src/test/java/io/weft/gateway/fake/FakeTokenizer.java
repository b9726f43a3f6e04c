package io.weft.gateway.fake;

import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.weft.proto.common.v1.ItemError;
import io.weft.proto.common.v1.ModelInfo;
import io.weft.proto.tokenizer.v1.ChatMessage;
import io.weft.proto.tokenizer.v1.DecodeRequest;
import io.weft.proto.tokenizer.v1.DecodeResponse;
import io.weft.proto.tokenizer.v1.EncodeChatRequest;
import io.weft.proto.tokenizer.v1.EncodeChatResponse;
import io.weft.proto.tokenizer.v1.EncodeRequest;
import io.weft.proto.tokenizer.v1.EncodeResponse;
import io.weft.proto.tokenizer.v1.EncodeResult;
import io.weft.proto.tokenizer.v1.FindTokensRequest;
import io.weft.proto.tokenizer.v1.FindTokensResponse;
import io.weft.proto.tokenizer.v1.FoundToken;
import io.weft.proto.tokenizer.v1.ListModelsRequest;
import io.weft.proto.tokenizer.v1.ListModelsResponse;
import io.weft.proto.tokenizer.v1.TextInput;
import io.weft.proto.tokenizer.v1.TokenizerServiceGrpc;
import io.weft.proto.tokenizer.v1.ToolCallForm;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.UnaryCall;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One token a word, see {@link FakeEncoding}. The word "unencodable" fails. The model t5 has no
 * chat template.
 */
@GrpcService
public class FakeTokenizer extends TokenizerServiceGrpc.TokenizerServiceImplBase {
  public static final String HASH = "a1b2";

  /** While set, calls hang until their client cancels them, which counts this down. */
  public static volatile CountDownLatch hang;

  public static volatile EncodeChatRequest lastChat;

  /** How chats with tools are said to call them. */
  public static volatile ToolCallForm toolCallForm;

  public static volatile boolean toolCallMarksSpecial;

  @Override
  public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> call) {
    UnaryCall.answer(
        call,
        () ->
            ListModelsResponse.newBuilder()
                .addModels(model("minilm", "c3", 8))
                .addModels(model("smol", HASH, 128))
                .addModels(model("t5", HASH, 64))
                .build());
  }

  private static ModelInfo model(String name, String hash, int contextLength) {
    return ModelInfo.newBuilder()
        .setName(name)
        .setVocabularyHash(hash)
        .setContextLength(contextLength)
        .build();
  }

  @Override
  public void encodeChat(EncodeChatRequest request, StreamObserver<EncodeChatResponse> call) {
    lastChat = request;
    if (hang != null) {
      Calls.onCancel(call, hang::countDown);
      return;
    }
    UnaryCall.answer(
        call,
        () -> {
          if (request.getModel().equals("t5")) {
            throw new WeftException.Unsupported(
                "NO_CHAT_TEMPLATE", "model 't5' has no chat template", Map.of("param", "model"));
          }
          return EncodeChatResponse.newBuilder()
              .setText(
                  request.getMessagesList().stream()
                      .map(ChatMessage::getContent)
                      .collect(Collectors.joining(" ")))
              .setToolCallForm(
                  request.getToolsCount() == 0
                      ? ToolCallForm.TOOL_CALL_FORM_UNSPECIFIED
                      : toolCallForm)
              .setToolCallMarksSpecial(request.getToolsCount() > 0 && toolCallMarksSpecial)
              .addAllIds(
                  request.getMessagesList().stream()
                      .map(ChatMessage::getContent)
                      .flatMap(text -> ids(text).stream())
                      .toList())
              .build();
        });
  }

  @Override
  public void encode(EncodeRequest request, StreamObserver<EncodeResponse> call) {
    if (hang != null) {
      Calls.onCancel(call, hang::countDown);
      return;
    }
    UnaryCall.answer(
        call,
        () ->
            EncodeResponse.newBuilder()
                .addAllResults(
                    request.getInputsList().stream().map(input -> result(input, request)).toList())
                .build());
  }

  /** Id 7 is the word "7"; 101 is special, and there is no 666. */
  @Override
  public void decode(DecodeRequest request, StreamObserver<DecodeResponse> call) {
    UnaryCall.answer(
        call,
        () -> {
          if (request.getSequencesList().stream().anyMatch(ids -> ids.getIdsList().contains(666))) {
            throw new WeftException.InvalidRequest(
                "TOKEN_ID_OUT_OF_RANGE", "token id 666 is outside 0 to 599", "ids");
          }
          return DecodeResponse.newBuilder()
              .addAllTexts(
                  request.getSequencesList().stream()
                      .map(
                          sequence ->
                              sequence.getIdsList().stream()
                                  .filter(id -> id != 101 || !request.getSkipSpecialTokens())
                                  .map(String::valueOf)
                                  .collect(Collectors.joining(" ")))
                      .toList())
              .build();
        });
  }

  /** The tokens of the vocabulary are numbers. */
  @Override
  public void findTokens(FindTokensRequest request, StreamObserver<FindTokensResponse> call) {
    UnaryCall.answer(
        call,
        () -> {
          FindTokensResponse.Builder response = FindTokensResponse.newBuilder();
          for (String token : request.getTokensList()) {
            FoundToken.Builder found = FoundToken.newBuilder();
            if (token.matches("[0-9]+")) {
              found.setId(Integer.parseInt(token));
            }
            response.addResults(found);
          }
          return response.build();
        });
  }

  private static EncodeResult result(TextInput input, EncodeRequest request) {
    if (input.getText().equals("unencodable")) {
      return EncodeResult.newBuilder()
          .setError(
              ItemError.newBuilder()
                  .setCode(3)
                  .setReason("TEXT_TOO_LONG")
                  .setMessage("1,048,577 bytes > 1,048,576"))
          .build();
    }
    return EncodeResult.newBuilder().setEncoding(FakeEncoding.of(input, request)).build();
  }

  private static List<Integer> ids(String text) {
    return Stream.of(text.split(" ")).map(FakeEncoding::id).toList();
  }
}
