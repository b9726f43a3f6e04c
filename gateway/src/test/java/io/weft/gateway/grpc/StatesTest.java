package io.weft.gateway.grpc;

import static io.weft.gateway.grpc.Channels.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.grpc.Status;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.proto.gateway.v1.AttentionHead;
import io.weft.proto.gateway.v1.GetAttentionsRequest;
import io.weft.proto.gateway.v1.GetAttentionsResponse;
import io.weft.proto.gateway.v1.GetHiddenStatesRequest;
import io.weft.proto.gateway.v1.GetHiddenStatesResponse;
import io.weft.proto.gateway.v1.InferenceServiceGrpc;
import io.weft.proto.gateway.v1.InferenceServiceGrpc.InferenceServiceBlockingStub;
import io.weft.proto.gateway.v1.ReadToken;
import io.weft.proto.gateway.v1.TextPair;
import io.weft.proto.gateway.v1.TokenStates;
import java.util.Collections;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Hidden states and attentions: the answers of REST, and items that fail alone. */
@QuarkusTest
class StatesTest extends GrpcTest {
  private InferenceServiceBlockingStub stub;

  @BeforeEach
  void makeStub() {
    stub = InferenceServiceGrpc.newBlockingStub(channel);
  }

  @Test
  void givesStatesAndABadTextFailsAlone() {
    GetHiddenStatesResponse response =
        stub.getHiddenStates(
            GetHiddenStatesRequest.newBuilder()
                .setModel("minilm")
                .addTexts(text(""))
                .addTexts(TextPair.newBuilder().setFirst("bb").setSecond("a"))
                .addTexts(text("unencodable"))
                .build());

    assertThat(response.getResults(0).getError().getMessage()).startsWith("0 characters");
    TokenStates states = response.getResults(1).getStates();
    assertThat(states.getTokensList())
        .extracting(ReadToken::getId, ReadToken::getText, ReadToken::getSpecial)
        .containsExactly(tuple(101, "[CLS]", true), tuple(2, "bb", false), tuple(1, "a", false));
    assertThat(states.getTokens(0).hasSpan()).isFalse();
    assertThat(states.getTokens(1).getSpan().getEnd()).isEqualTo(2);
    assertThat(states.getTokens(2).getSequence()).isEqualTo(1);
    assertThat(states.getLastHiddenState(1).getValuesList()).containsExactly(2f, 1f);
    assertThat(states.getPoolerOutput().getValuesList()).containsExactly(0.5f, 3f);
    assertThat(response.getResults(2).getError().getReason()).isEqualTo("TEXT_TOO_LONG");
    assertThat(response.getPromptTokens()).isEqualTo(3);
  }

  @Test
  void givesAttentionsOfChosenLayersAndHeads() {
    GetAttentionsResponse response =
        stub.getAttentions(
            GetAttentionsRequest.newBuilder()
                .setModel("minilm")
                .addTexts(text("\ud83d\ude00b a"))
                .addTexts(text(""))
                .addLayers(-1)
                .addLayers(0)
                .addHeads(1)
                .build());

    assertThat(response.getResults(0).getAttentions().getHeadsList())
        .extracting(AttentionHead::getLayer, AttentionHead::getHead)
        .containsExactly(tuple(2, 1), tuple(0, 1));
    assertThat(response.getResults(0).getAttentions().getHeads(0).getWeights(1).getValuesList())
        .containsExactly(120.75f, 121f, 121.25f);
    assertThat(response.getResults(1).hasError()).isTrue();
  }

  @Test
  void refusesWhatIsOutOfRange() {
    failure(
        Status.Code.INVALID_ARGUMENT,
        () ->
            stub.getAttentions(
                GetAttentionsRequest.newBuilder()
                    .setModel("minilm")
                    .addAllTexts(Collections.nCopies(17, text("a")))
                    .build()),
        "texts has 17 entries, it must have between 1 and 16");
    failure(
        Status.Code.INVALID_ARGUMENT,
        () ->
            stub.getAttentions(
                GetAttentionsRequest.newBuilder()
                    .setModel("minilm")
                    .addTexts(text("a"))
                    .addLayers(3)
                    .build()),
        "layers[0] is 3, it must be between -3 and 2");
  }

  private static TextPair text(String text) {
    return TextPair.newBuilder().setFirst(text).build();
  }
}
