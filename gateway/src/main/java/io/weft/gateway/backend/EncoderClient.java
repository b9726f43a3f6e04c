package io.weft.gateway.backend;

import io.grpc.Channel;
import io.quarkus.grpc.GrpcClient;
import io.weft.gateway.GatewayConfig;
import io.weft.proto.encoder.v1.EmbedRequest;
import io.weft.proto.encoder.v1.EmbedResult;
import io.weft.proto.encoder.v1.EncoderServiceGrpc;
import io.weft.proto.encoder.v1.EncoderServiceGrpc.EncoderServiceBlockingStub;
import io.weft.proto.encoder.v1.ListModelsRequest;
import io.weft.proto.encoder.v1.TokenInput;
import io.weft.runtime.error.WeftException;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Calls the encoder. Calls block, and end when the gRPC context that they run in is cancelled. */
@Singleton
public final class EncoderClient implements ModelSource {
  private final BackendStub<EncoderServiceBlockingStub> backend;
  private final Duration timeout;

  EncoderClient(@GrpcClient("encoder") Channel channel, GatewayConfig config) {
    this.backend = new BackendStub<>(Backend.ENCODER, channel, EncoderServiceGrpc::newBlockingStub);
    this.timeout = config.encoderTimeout();
  }

  /**
   * One vector a sequence, in their order.
   *
   * @param dimensions keep the first n; 0 keeps all
   * @param names what the request calls each sequence, for errors
   * @throws WeftException.InvalidRequest when one of the sequences cannot be embedded
   */
  public List<float[]> embed(
      String model, List<TokenIds> sequences, int dimensions, ItemNames names) {
    EmbedRequest.Builder request =
        EmbedRequest.newBuilder().setModel(model).setDimensions(dimensions);
    for (TokenIds sequence : sequences) {
      TokenInput.Builder input = TokenInput.newBuilder();
      sequence.forEach(input::addIds);
      request.addInputs(input);
    }
    List<EmbedResult> results =
        backend.call(timeout, names.param(), stub -> stub.embed(request.build())).getResultsList();
    if (results.size() != sequences.size()) {
      throw new WeftException.Internal(
          "the encoder gave %,d results for %,d sequences"
              .formatted(results.size(), sequences.size()),
          null);
    }
    List<float[]> vectors = new ArrayList<>(results.size());
    for (EmbedResult result : results) {
      if (!result.hasVector()) {
        throw ModelProtos.failure(result.getError(), names.name(vectors.size()));
      }
      vectors.add(floats(result.getVector().getValuesList()));
    }
    return vectors;
  }

  @Override
  public List<ModelDescription> listModels(Duration limit) {
    return ModelProtos.models(
        backend
            .call(limit, "", stub -> stub.listModels(ListModelsRequest.getDefaultInstance()))
            .getModelsList());
  }

  @Override
  public void reconnect() {
    backend.reconnect();
  }

  private static float[] floats(List<Float> list) {
    float[] values = new float[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = list.get(i);
    }
    return values;
  }
}
