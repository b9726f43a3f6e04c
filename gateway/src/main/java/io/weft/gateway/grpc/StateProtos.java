package io.weft.gateway.grpc;

import io.weft.gateway.backend.EncodedBatch.Answer;
import io.weft.gateway.backend.ItemOutcome.Done;
import io.weft.gateway.backend.ItemOutcome.Failed;
import io.weft.gateway.backend.TextPair;
import io.weft.gateway.backend.TokenStates;
import io.weft.gateway.input.TokenView;
import io.weft.gateway.states.Attentions;
import io.weft.gateway.states.StatesReader;
import io.weft.gateway.states.StatesReader.Read;
import io.weft.proto.common.v1.TextSpan;
import io.weft.proto.gateway.v1.AttentionHead;
import io.weft.proto.gateway.v1.AttentionsResult;
import io.weft.proto.gateway.v1.GetAttentionsRequest;
import io.weft.proto.gateway.v1.GetAttentionsResponse;
import io.weft.proto.gateway.v1.GetHiddenStatesRequest;
import io.weft.proto.gateway.v1.GetHiddenStatesResponse;
import io.weft.proto.gateway.v1.HiddenStatesResult;
import io.weft.proto.gateway.v1.ReadToken;
import io.weft.proto.gateway.v1.TokenAttentions;
import io.weft.proto.gateway.v1.Vector;
import java.util.ArrayList;
import java.util.List;

/** Hidden states and attentions: requests checked, and answers made. */
final class StateProtos {
  private StateProtos() {}

  static List<TextPair> texts(GetHiddenStatesRequest request) {
    return pairs(request.getTextsList(), StatesReader.MAX_STATES);
  }

  static List<TextPair> texts(GetAttentionsRequest request) {
    return pairs(request.getTextsList(), StatesReader.MAX_ATTENTIONS);
  }

  private static List<TextPair> pairs(List<io.weft.proto.gateway.v1.TextPair> texts, int max) {
    Fields.count("texts", texts.size(), 1, max);
    return texts.stream()
        .map(
            text ->
                text.getSecond().isEmpty()
                    ? TextPair.of(text.getFirst())
                    : new TextPair(text.getFirst(), text.getSecond()))
        .toList();
  }

  static StatesReader.Choice choice(GetAttentionsRequest request) {
    Fields.count("layers", request.getLayersCount(), 0, StatesReader.MAX_INDEXES);
    Fields.count("heads", request.getHeadsCount(), 0, StatesReader.MAX_INDEXES);
    return new StatesReader.Choice(request.getLayersList(), request.getHeadsList());
  }

  static GetHiddenStatesResponse states(Answer<Read<TokenStates>> answer) {
    GetHiddenStatesResponse.Builder response =
        GetHiddenStatesResponse.newBuilder().setPromptTokens(answer.tokens());
    for (var outcome : answer.outcomes()) {
      response.addResults(
          switch (outcome) {
            case Done<Read<TokenStates>>(Read<TokenStates> read) ->
                HiddenStatesResult.newBuilder().setStates(states(read));
            case Failed<Read<TokenStates>> failed ->
                HiddenStatesResult.newBuilder().setError(MessageProtos.error(failed));
          });
    }
    return response.build();
  }

  private static io.weft.proto.gateway.v1.TokenStates states(Read<TokenStates> read) {
    io.weft.proto.gateway.v1.TokenStates.Builder states =
        io.weft.proto.gateway.v1.TokenStates.newBuilder()
            .addAllTokens(tokens(read.tokens()))
            .addAllLastHiddenState(rows(read.value().lastHiddenState()));
    float[] pooled = read.value().poolerOutput();
    if (pooled != null) {
      states.setPoolerOutput(vector(pooled));
    }
    return states.build();
  }

  static GetAttentionsResponse attentions(Answer<Read<List<Attentions.Head>>> answer) {
    GetAttentionsResponse.Builder response =
        GetAttentionsResponse.newBuilder().setPromptTokens(answer.tokens());
    for (var outcome : answer.outcomes()) {
      response.addResults(
          switch (outcome) {
            case Done<Read<List<Attentions.Head>>>(Read<List<Attentions.Head>> read) ->
                AttentionsResult.newBuilder().setAttentions(attentions(read));
            case Failed<Read<List<Attentions.Head>>> failed ->
                AttentionsResult.newBuilder().setError(MessageProtos.error(failed));
          });
    }
    return response.build();
  }

  private static TokenAttentions attentions(Read<List<Attentions.Head>> read) {
    TokenAttentions.Builder attentions =
        TokenAttentions.newBuilder().addAllTokens(tokens(read.tokens()));
    for (Attentions.Head head : read.value()) {
      attentions.addHeads(
          AttentionHead.newBuilder()
              .setLayer(head.layer())
              .setHead(head.head())
              .addAllWeights(rows(head.weights())));
    }
    return attentions.build();
  }

  private static List<ReadToken> tokens(List<TokenView> tokens) {
    return tokens.stream().map(StateProtos::token).toList();
  }

  private static ReadToken token(TokenView token) {
    ReadToken.Builder proto =
        ReadToken.newBuilder().setId(token.id()).setText(token.text()).setSpecial(token.special());
    if (token.start() != null && token.end() != null) {
      proto.setSpan(TextSpan.newBuilder().setStart(token.start()).setEnd(token.end()));
    }
    if (token.sequence() != null) {
      proto.setSequence(token.sequence());
    }
    return proto.build();
  }

  private static List<Vector> rows(float[][] matrix) {
    List<Vector> rows = new ArrayList<>(matrix.length);
    for (float[] row : matrix) {
      rows.add(vector(row));
    }
    return rows;
  }

  private static Vector vector(float[] values) {
    Vector.Builder vector = Vector.newBuilder();
    for (float value : values) {
      vector.addValues(value);
    }
    return vector.build();
  }
}
