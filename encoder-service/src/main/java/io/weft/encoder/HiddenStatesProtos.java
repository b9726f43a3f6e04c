package io.weft.encoder;

import io.weft.encoder.batch.Outcome;
import io.weft.encoder.task.HiddenStatesTask;
import io.weft.proto.encoder.v1.FloatTensor;
import io.weft.proto.encoder.v1.GetHiddenStatesResponse;
import io.weft.proto.encoder.v1.HiddenStates;
import io.weft.proto.encoder.v1.HiddenStatesResult;
import io.weft.runtime.error.WeftException;
import java.util.List;

/** The messages of GetHiddenStates. */
final class HiddenStatesProtos {
  private HiddenStatesProtos() {}

  static GetHiddenStatesResponse response(
      List<Outcome<HiddenStatesTask.Result>> outcomes, int hiddenSize) {
    GetHiddenStatesResponse.Builder response = GetHiddenStatesResponse.newBuilder();
    for (Outcome<HiddenStatesTask.Result> outcome : outcomes) {
      response.addResults(
          switch (outcome) {
            case Outcome.Done<HiddenStatesTask.Result>(HiddenStatesTask.Result states) ->
                HiddenStatesResult.newBuilder().setStates(hiddenStates(states, hiddenSize));
            case Outcome.Failed<HiddenStatesTask.Result>(WeftException failure) ->
                HiddenStatesResult.newBuilder().setError(EncoderProtos.error(failure));
          });
    }
    return response.build();
  }

  private static HiddenStates hiddenStates(HiddenStatesTask.Result states, int hiddenSize) {
    byte[] last = states.lastHiddenState();
    HiddenStates.Builder message =
        HiddenStates.newBuilder()
            .setLastHiddenState(
                FloatTensor.newBuilder()
                    .addShape(last.length / Float.BYTES / hiddenSize)
                    .addShape(hiddenSize)
                    .setData(EncoderProtos.owned(last)));
    byte[] pooled = states.poolerOutput();
    if (pooled != null) {
      message.setPoolerOutput(
          FloatTensor.newBuilder().addShape(hiddenSize).setData(EncoderProtos.owned(pooled)));
    }
    return message.build();
  }
}
