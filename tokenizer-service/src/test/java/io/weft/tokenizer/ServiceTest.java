package io.weft.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.Value;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.weft.proto.common.v1.TextSpan;
import io.weft.proto.tokenizer.v1.ChatMessage;
import io.weft.proto.tokenizer.v1.DecodeRequest;
import io.weft.proto.tokenizer.v1.EncodeRequest;
import io.weft.proto.tokenizer.v1.Encoding;
import io.weft.proto.tokenizer.v1.GetVocabularyRequest;
import io.weft.proto.tokenizer.v1.TokenSequence;
import io.weft.proto.tokenizer.v1.TokenizerServiceGrpc;
import io.weft.proto.tokenizer.v1.VocabularyEntry;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.Statuses;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The service over real gRPC, as a client sees it. */
abstract class ServiceTest {
  ManagedChannel channel;
  TokenizerServiceGrpc.TokenizerServiceBlockingStub tokenizer;

  @BeforeEach
  void connect() {
    int port = ConfigProvider.getConfig().getValue("quarkus.grpc.server.port", Integer.class);
    channel =
        ManagedChannelBuilder.forAddress("127.0.0.1", port)
            .usePlaintext()
            .maxInboundMessageSize(64 << 20)
            .build();
    tokenizer =
        TokenizerServiceGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
  }

  @AfterEach
  void disconnect() throws InterruptedException {
    channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
  }

  Encoding encode(EncodeRequest.Builder request) {
    return tokenizer.encode(request.setModel("encoder").build()).getResults(0).getEncoding();
  }

  String decode(List<Integer> ids, boolean skipSpecialTokens) {
    return tokenizer
        .decode(
            DecodeRequest.newBuilder()
                .setModel("chat")
                .addSequences(TokenSequence.newBuilder().addAllIds(ids))
                .setSkipSpecialTokens(skipSpecialTokens)
                .build())
        .getTexts(0);
  }

  List<VocabularyEntry> vocabulary(String model) {
    List<VocabularyEntry> entries = new ArrayList<>();
    tokenizer
        .getVocabulary(GetVocabularyRequest.newBuilder().setModel(model).build())
        .forEachRemaining(part -> entries.addAll(part.getEntries().getEntriesList()));
    return entries;
  }

  static void assertFails(Supplier<?> call, Status.Code code, String reason, String message) {
    assertThatExceptionOfType(StatusRuntimeException.class)
        .isThrownBy(call::get)
        .satisfies(
            e -> {
              WeftException failure = Statuses.fromStatus(e);
              assertThat(e.getStatus().getCode()).isEqualTo(code);
              assertThat(failure.reason()).isEqualTo(reason);
              assertThat(failure).hasMessageContaining(message);
            });
  }

  static TextSpan span(int start, int end) {
    return TextSpan.newBuilder().setStart(start).setEnd(end).build();
  }

  static ChatMessage message(String role, String content) {
    return ChatMessage.newBuilder().setRole(role).setContent(content).build();
  }

  static Value number(double number) {
    return Value.newBuilder().setNumberValue(number).build();
  }
}
