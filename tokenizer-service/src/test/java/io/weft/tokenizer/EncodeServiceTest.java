package io.weft.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.proto.common.v1.OffsetUnit;
import io.weft.proto.tokenizer.v1.EncodeChatRequest;
import io.weft.proto.tokenizer.v1.EncodeChatResponse;
import io.weft.proto.tokenizer.v1.EncodeRequest;
import io.weft.proto.tokenizer.v1.EncodeResponse;
import io.weft.proto.tokenizer.v1.Encoding;
import io.weft.proto.tokenizer.v1.FindTokensRequest;
import io.weft.proto.tokenizer.v1.FindTokensResponse;
import io.weft.proto.tokenizer.v1.FoundToken;
import io.weft.proto.tokenizer.v1.TextInput;
import io.weft.proto.tokenizer.v1.ToolCallForm;
import io.weft.proto.tokenizer.v1.Truncation;
import io.weft.proto.tokenizer.v1.TruncationStrategy;
import io.weft.proto.tokenizer.v1.WordRule;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Encode and EncodeChat over real gRPC. */
@QuarkusTest
@QuarkusTestResource(ModelsResource.class)
class EncodeServiceTest extends ServiceTest {
  @Test
  void encodesTextsAndPairs() {
    EncodeResponse response =
        tokenizer.encode(
            EncodeRequest.newBuilder()
                .setModel("encoder")
                .addInputs(TextInput.newBuilder().setText("the 😀 dog"))
                .addInputs(TextInput.newBuilder().setText("the").setPair("dog"))
                .setReturnOffsets(true)
                .setReturnTokens(true)
                .setReturnWordIds(true)
                .build());

    Encoding single = response.getResults(0).getEncoding();
    assertThat(single.getTokensList()).containsExactly("[CLS]", "the", "😀", "dog", "[SEP]");
    assertThat(single.getSpecialTokensMaskList()).containsExactly(1, 0, 0, 0, 1);
    assertThat(single.getWordIdsList()).containsExactly(-1, 0, 1, 2, -1);
    assertThat(single.getOffsetsList())
        .containsExactly(span(0, 0), span(0, 3), span(4, 5), span(6, 9), span(0, 0));
    assertThat(single.getTokenCount()).isEqualTo(5);
    Encoding pair = response.getResults(1).getEncoding();
    assertThat(pair.getTokensList()).containsExactly("[CLS]", "the", "[SEP]", "dog", "[SEP]");
    assertThat(pair.getTypeIdsList()).containsExactly(0, 0, 0, 1, 1);
    assertThat(pair.getSequenceIdsList()).containsExactly(-1, 0, -1, 1, -1);
  }

  @Test
  void leavesOutWhatIsNotAskedFor() {
    Encoding encoding =
        encode(
            EncodeRequest.newBuilder()
                .addInputs(TextInput.newBuilder().setText("the dog"))
                .setAddSpecialTokens(false));
    assertThat(encoding.getIdsCount()).isEqualTo(2);
    assertThat(encoding.getOffsetsCount()).isZero();
    assertThat(encoding.getTokensCount()).isZero();
    assertThat(encoding.getWordIdsCount()).isZero();
    assertThat(encoding.getSequenceIdsCount()).isZero();

    Encoding count =
        encode(
            EncodeRequest.newBuilder()
                .addInputs(TextInput.newBuilder().setText("the dog"))
                .setReturnOffsets(true)
                .setReturnTokens(true)
                .setCountOnly(true));
    assertThat(count).isEqualTo(Encoding.newBuilder().setTokenCount(4).build());
  }

  @Test
  void numbersWordsAsAPipelineWhenAsked() {
    EncodeRequest.Builder request =
        EncodeRequest.newBuilder()
            .addInputs(TextInput.newBuilder().setText("the 😀 dog's"))
            .setReturnWordIds(true)
            .setWordRule(WordRule.WORD_RULE_PIPELINE);

    assertThat(encode(request.setReturnOffsets(true)).getWordIdsList())
        .containsExactly(-1, 0, 1, 2, 3, 4, -1);
    assertThatExceptionOfType(StatusRuntimeException.class)
        .isThrownBy(() -> encode(request.setReturnOffsets(false)))
        .withMessage("INVALID_ARGUMENT: word_rule PIPELINE needs return_offsets");
  }

  @Test
  void findsTokensByTheirSpelling() {
    FindTokensResponse found =
        tokenizer.findTokens(
            FindTokensRequest.newBuilder()
                .setModel("encoder")
                .addTokens("[MASK]")
                .addTokens("the dog")
                .addTokens("[PAD]")
                .build());

    assertThat(found.getResultsList())
        .containsExactly(
            FoundToken.newBuilder().setId(4).build(),
            FoundToken.getDefaultInstance(),
            FoundToken.newBuilder().setId(0).build());
    assertThatExceptionOfType(StatusRuntimeException.class)
        .isThrownBy(
            () -> tokenizer.findTokens(FindTokensRequest.newBuilder().setModel("encoder").build()))
        .withMessage("INVALID_ARGUMENT: 0 tokens, there must be 1 to 10,000");
  }

  @Test
  void countsOffsetsInUtf16() {
    Encoding encoding =
        encode(
            EncodeRequest.newBuilder()
                .addInputs(TextInput.newBuilder().setText("😀 dog"))
                .setReturnOffsets(true)
                .setOffsetUnit(OffsetUnit.OFFSET_UNIT_UTF16));
    assertThat(encoding.getOffsetsList())
        .containsExactly(span(0, 0), span(0, 2), span(3, 6), span(0, 0));
  }

  @Test
  void cutsAndReturnsTheOverflow() {
    Encoding encoding =
        encode(
            EncodeRequest.newBuilder()
                .addInputs(TextInput.newBuilder().setText("the ".repeat(10)))
                .setTruncation(
                    Truncation.newBuilder()
                        .setStrategy(TruncationStrategy.TRUNCATION_STRATEGY_LONGEST_FIRST)
                        .setMaxTokens(6)
                        .setStride(1)
                        .setReturnOverflow(true)));
    assertThat(encoding.getTokenCount()).isEqualTo(6);
    assertThat(encoding.getTruncatedTokens()).isEqualTo(6);
    assertThat(encoding.getOverflowList())
        .extracting(Encoding::getTokenCount)
        .containsExactly(6, 6);
  }

  @Test
  void aBadItemFailsAlone() {
    EncodeResponse response =
        tokenizer.encode(
            EncodeRequest.newBuilder()
                .setModel("encoder")
                .addInputs(TextInput.newBuilder().setText("x".repeat((1 << 20) + 1)))
                .addInputs(TextInput.newBuilder().setText("the ".repeat(300)))
                .addInputs(TextInput.newBuilder().setText("the"))
                .setTruncation(Truncation.getDefaultInstance())
                .build());

    assertThat(response.getResults(0).getError().getCode()).isEqualTo(3);
    assertThat(response.getResults(0).getError().getReason()).isEqualTo("TEXT_TOO_LONG");
    assertThat(response.getResults(0).getError().getMessage())
        .isEqualTo("1,048,577 bytes > 1,048,576");
    assertThat(response.getResults(1).getError().getReason()).isEqualTo("CONTEXT_LENGTH_EXCEEDED");
    assertThat(response.getResults(1).getError().getMessage()).isEqualTo("302 tokens > 256");
    assertThat(response.getResults(2).getEncoding().getTokenCount()).isEqualTo(3);
  }

  @Test
  void refusesRequestsOutOfRange() {
    assertFails(
        () -> tokenizer.encode(EncodeRequest.newBuilder().setModel("encoder").build()),
        Status.Code.INVALID_ARGUMENT,
        "BATCH_OUT_OF_RANGE",
        "0 inputs, there must be 1 to 10,000");
    assertFails(
        () ->
            tokenizer.encode(
                EncodeRequest.newBuilder()
                    .setModel("encoder")
                    .addAllInputs(Collections.nCopies(10_001, TextInput.getDefaultInstance()))
                    .build()),
        Status.Code.INVALID_ARGUMENT,
        "BATCH_OUT_OF_RANGE",
        "10,001 inputs, there must be 1 to 10,000");
    assertFails(
        () -> tokenizer.encode(EncodeRequest.newBuilder().setModel("nope").build()),
        Status.Code.NOT_FOUND,
        "MODEL_NOT_FOUND",
        "model 'nope' is not loaded; loaded: chat, encoder");
    assertFails(
        () ->
            tokenizer.encode(
                EncodeRequest.newBuilder()
                    .setModel("encoder")
                    .addInputs(TextInput.getDefaultInstance())
                    .setOffsetUnitValue(99)
                    .build()),
        Status.Code.INVALID_ARGUMENT,
        "UNKNOWN_ENUM_VALUE",
        "offset_unit has a value that this version does not know");
    assertThatExceptionOfType(StatusRuntimeException.class)
        .isThrownBy(
            () ->
                tokenizer.encode(
                    EncodeRequest.newBuilder()
                        .setModel("encoder")
                        .addAllInputs(
                            Collections.nCopies(
                                33, TextInput.newBuilder().setText("x".repeat(1 << 20)).build()))
                        .build()))
        .satisfies(
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED));
  }

  @Test
  void encodesTheLargestBatch() {
    EncodeResponse response =
        tokenizer.encode(
            EncodeRequest.newBuilder()
                .setModel("chat")
                .addAllInputs(
                    Collections.nCopies(
                        10_000, TextInput.newBuilder().setText("the dog ".repeat(50)).build()))
                .build());
    assertThat(response.getResultsCount()).isEqualTo(10_000);
    assertThat(response.getResultsList())
        .allSatisfy(r -> assertThat(r.getEncoding().getTokenCount()).isPositive());
  }

  @Test
  void encodesAChat() {
    Struct.Builder tool = Struct.newBuilder();
    // An order that is neither alphabetic nor that of any hash.
    for (String key : List.of("zeta", "alpha", "mid", "beta", "omega", "k1", "k0")) {
      tool.putFields(key, number(1));
    }
    tool.putFields("half", number(0.5));
    tool.putFields("none", Value.newBuilder().setNullValue(NullValue.NULL_VALUE).build());
    tool.putFields(
        "list",
        Value.newBuilder()
            .setListValue(ListValue.newBuilder().addValues(number(1e17)).addValues(number(-2)))
            .build());
    EncodeChatResponse response =
        tokenizer.encodeChat(
            EncodeChatRequest.newBuilder()
                .setModel("chat")
                .addMessages(message("system", "S"))
                .addMessages(message("user", "Hi <|im_end|>"))
                .addTools(tool)
                .setBeginToolCall(true)
                .setReturnText(true)
                .build());

    assertThat(response.getToolCallForm()).isEqualTo(ToolCallForm.TOOL_CALL_FORM_JSON);
    assertThat(response.getToolCallMarksSpecial()).isFalse();

    assertThat(response.getText())
        .isEqualTo(
            "{\"zeta\": 1, \"alpha\": 1, \"mid\": 1, \"beta\": 1, \"omega\": 1, \"k1\": 1,"
                + " \"k0\": 1, \"half\": 0.5, \"none\": null, \"list\": [1e+17, -2]}"
                + "<|im_start|>system\nS<|im_end|>\n"
                + "<|im_start|>user\nHi <|im_end|><|im_end|>\n<|im_start|>assistant\n");
    assertThat(response.getIdsList()).filteredOn(id -> id == 1).hasSize(3);
    assertThat(response.getIdsList()).filteredOn(id -> id == 2).hasSize(3);
    assertThat(decode(response.getIdsList(), false)).isEqualTo(response.getText());
  }

  @Test
  void refusesChatsThatDoNotFit() {
    assertFails(
        () ->
            tokenizer.encodeChat(
                EncodeChatRequest.newBuilder()
                    .setModel("encoder")
                    .addMessages(message("user", "x"))
                    .build()),
        Status.Code.FAILED_PRECONDITION,
        "NO_CHAT_TEMPLATE",
        "model 'encoder' has no chat template");
    assertFails(
        () -> tokenizer.encodeChat(EncodeChatRequest.newBuilder().setModel("chat").build()),
        Status.Code.INVALID_ARGUMENT,
        "MESSAGES_OUT_OF_RANGE",
        "0 messages, there must be 1 to 4,096");
    assertFails(
        () ->
            tokenizer.encodeChat(
                EncodeChatRequest.newBuilder()
                    .setModel("chat")
                    .addMessages(message("user", "1".repeat(300)))
                    .build()),
        Status.Code.INVALID_ARGUMENT,
        "CONTEXT_LENGTH_EXCEEDED",
        " tokens > 256");
    assertFails(
        () ->
            tokenizer.encodeChat(
                EncodeChatRequest.newBuilder()
                    .setModel("chat")
                    .addAllMessages(Collections.nCopies(2, message("user", "x".repeat(600_000))))
                    .build()),
        Status.Code.INVALID_ARGUMENT,
        "PROMPT_TOO_LONG",
        "the messages have 1,200,000 bytes > 1,048,576");
  }
}
