package io.weft.gateway.fake;

import com.google.protobuf.ByteString;
import io.weft.proto.encoder.v1.AttentionsResult;
import io.weft.proto.encoder.v1.FloatTensor;
import io.weft.proto.encoder.v1.GetAttentionsRequest;
import io.weft.proto.encoder.v1.HiddenStates;
import io.weft.proto.encoder.v1.HiddenStatesResult;
import io.weft.proto.encoder.v1.TokenInput;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A token's state is (id, position), the pooler's of minilm (0.5, number of tokens); a token
 * attends to the one at place j, in layer l and head h, as (id + j) / 4 + 10 l + 100 h.
 */
final class FakeStates {
  private FakeStates() {}

  static HiddenStatesResult states(TokenInput input, String model) {
    float[] values = new float[input.getIdsCount() * 2];
    for (int i = 0; i < input.getIdsCount(); i++) {
      values[2 * i] = input.getIds(i);
      values[2 * i + 1] = i;
    }
    HiddenStates.Builder states =
        HiddenStates.newBuilder()
            .setLastHiddenState(tensor(List.of(input.getIdsCount(), 2), values));
    if (model.equals("minilm")) {
      states.setPoolerOutput(tensor(List.of(2), 0.5f, input.getIdsCount()));
    }
    return HiddenStatesResult.newBuilder().setStates(states).build();
  }

  static AttentionsResult attentions(TokenInput input, GetAttentionsRequest request) {
    int tokens = input.getIdsCount();
    float[] values =
        new float[request.getLayersCount() * request.getHeadsCount() * tokens * tokens];
    int at = 0;
    for (int layer : request.getLayersList()) {
      for (int head : request.getHeadsList()) {
        for (int i = 0; i < tokens * tokens; i++) {
          values[at++] = (input.getIds(i / tokens) + i % tokens) / 4f + 10 * layer + 100 * head;
        }
      }
    }
    return AttentionsResult.newBuilder()
        .setAttentions(
            tensor(
                List.of(request.getLayersCount(), request.getHeadsCount(), tokens, tokens), values))
        .build();
  }

  private static FloatTensor tensor(List<Integer> shape, float... values) {
    ByteBuffer data =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    data.asFloatBuffer().put(values);
    return FloatTensor.newBuilder().addAllShape(shape).setData(ByteString.copyFrom(data)).build();
  }
}
