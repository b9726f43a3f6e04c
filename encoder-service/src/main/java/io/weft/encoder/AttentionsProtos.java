package io.weft.encoder;

import io.weft.encoder.batch.Outcome;
import io.weft.encoder.model.TokenSequence;
import io.weft.proto.encoder.v1.AttentionsResult;
import io.weft.proto.encoder.v1.FloatTensor;
import io.weft.proto.encoder.v1.GetAttentionsResponse;
import io.weft.runtime.error.WeftException;
import java.util.List;

/** The messages of GetAttentions. */
final class AttentionsProtos {
  private AttentionsProtos() {}

  /**
   * @param outcomes probabilities, shape (layers, heads, tokens, tokens), 32-bit floats
   */
  static GetAttentionsResponse response(
      List<Outcome<byte[]>> outcomes,
      List<TokenSequence> sequences,
      List<Integer> layers,
      List<Integer> heads) {
    GetAttentionsResponse.Builder response =
        GetAttentionsResponse.newBuilder().addAllLayers(layers).addAllHeads(heads);
    for (int i = 0; i < outcomes.size(); i++) {
      int tokens = sequences.get(i).length();
      response.addResults(
          switch (outcomes.get(i)) {
            case Outcome.Done<byte[]>(byte[] values) ->
                AttentionsResult.newBuilder()
                    .setAttentions(
                        FloatTensor.newBuilder()
                            .addAllShape(List.of(layers.size(), heads.size(), tokens, tokens))
                            .setData(EncoderProtos.owned(values)));
            case Outcome.Failed<byte[]>(WeftException failure) ->
                AttentionsResult.newBuilder().setError(EncoderProtos.error(failure));
          });
    }
    return response.build();
  }
}
