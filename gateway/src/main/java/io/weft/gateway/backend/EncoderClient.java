package io.weft.gateway.backend;

import io.grpc.Channel;
import io.quarkus.grpc.GrpcClient;
import io.weft.gateway.GatewayConfig;
import io.weft.proto.common.v1.ItemError;
import io.weft.proto.encoder.v1.AttentionsResult;
import io.weft.proto.encoder.v1.ClassifyRequest;
import io.weft.proto.encoder.v1.ClassifyResult;
import io.weft.proto.encoder.v1.EmbedRequest;
import io.weft.proto.encoder.v1.EmbedResponse;
import io.weft.proto.encoder.v1.EmbedResult;
import io.weft.proto.encoder.v1.EncoderServiceGrpc;
import io.weft.proto.encoder.v1.EncoderServiceGrpc.EncoderServiceBlockingStub;
import io.weft.proto.encoder.v1.GetAttentionsRequest;
import io.weft.proto.encoder.v1.GetHiddenStatesRequest;
import io.weft.proto.encoder.v1.HiddenStatesResult;
import io.weft.proto.encoder.v1.ListModelsRequest;
import io.weft.proto.encoder.v1.ScorePairsRequest;
import io.weft.proto.encoder.v1.ScorePairsResult;
import io.weft.runtime.error.WeftException;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Calls the encoder. Calls block, and end when the gRPC context that they run in is cancelled. Each
 * takes a batch and fails with the failure of its first item that failed, named as the request
 * names it.
 */
@Singleton
public final class EncoderClient implements ModelSource {
  private final BackendStub<EncoderServiceBlockingStub> backend;
  private final Duration timeout;

  EncoderClient(@GrpcClient("encoder") Channel channel, GatewayConfig config) {
    this.backend = new BackendStub<>(Backend.ENCODER, channel, EncoderServiceGrpc::newBlockingStub);
    this.timeout = config.encoderTimeout();
  }

  /** One vector a sequence. */
  public EmbeddedTexts embed(
      String model, List<EncodedText> sequences, EmbedOptions options, ItemNames names) {
    EmbedRequest request = EncoderProtos.embedRequest(model, sequences, options);
    EmbedResponse response = backend.call(timeout, names.param(), stub -> stub.embed(request));
    return new EmbeddedTexts(
        results(
            response.getResultsList(),
            sequences,
            names,
            EmbedResult::hasVector,
            EmbedResult::getError,
            result -> EncoderProtos.vector(result.getVector(), options.format())),
        EncoderProtos.name(response.getPooling()),
        response.getNormalized());
  }

  /** One vector a token of each sequence: shape (tokens, hidden size). */
  public List<float[][]> hiddenStates(String model, List<EncodedText> sequences, ItemNames names) {
    GetHiddenStatesRequest request =
        GetHiddenStatesRequest.newBuilder()
            .setModel(model)
            .addAllInputs(EncoderProtos.inputs(sequences))
            .build();
    return results(
        backend
            .call(timeout, names.param(), stub -> stub.getHiddenStates(request))
            .getResultsList(),
        sequences,
        names,
        HiddenStatesResult::hasStates,
        HiddenStatesResult::getError,
        result -> EncoderProtos.matrix(result.getStates().getLastHiddenState()));
  }

  /**
   * How much each token attends to each other: one matrix of shape (tokens, tokens) for each of
   * {@code layers} and in it each of {@code heads}, in their order.
   */
  public List<List<float[][]>> attentions(
      String model,
      List<EncodedText> sequences,
      List<Integer> layers,
      List<Integer> heads,
      ItemNames names) {
    GetAttentionsRequest request =
        GetAttentionsRequest.newBuilder()
            .setModel(model)
            .addAllInputs(EncoderProtos.inputs(sequences))
            .addAllLayers(layers)
            .addAllHeads(heads)
            .build();
    return results(
        backend.call(timeout, names.param(), stub -> stub.getAttentions(request)).getResultsList(),
        sequences,
        names,
        AttentionsResult::hasAttentions,
        AttentionsResult::getError,
        result -> EncoderProtos.matrices(result.getAttentions()));
  }

  /**
   * All labels of each sequence, best first.
   *
   * @param rawScores logits instead of probabilities
   */
  public List<List<LabelScore>> classify(
      String model, List<EncodedText> sequences, boolean rawScores, ItemNames names) {
    ClassifyRequest request =
        ClassifyRequest.newBuilder()
            .setModel(model)
            .addAllInputs(EncoderProtos.inputs(sequences))
            .setRawScores(rawScores)
            .build();
    return results(
        backend.call(timeout, names.param(), stub -> stub.classify(request)).getResultsList(),
        sequences,
        names,
        ClassifyResult::hasScores,
        ClassifyResult::getError,
        result -> EncoderProtos.labels(result.getScores()));
  }

  /**
   * The relevance of each pair, higher for more.
   *
   * @param rawScores logits instead of what the model's activation makes of them
   */
  public List<Float> scorePairs(
      String model, List<EncodedText> pairs, boolean rawScores, ItemNames names) {
    ScorePairsRequest request =
        ScorePairsRequest.newBuilder()
            .setModel(model)
            .addAllInputs(EncoderProtos.inputs(pairs))
            .setRawScores(rawScores)
            .build();
    return results(
        backend.call(timeout, names.param(), stub -> stub.scorePairs(request)).getResultsList(),
        pairs,
        names,
        ScorePairsResult::hasScore,
        ScorePairsResult::getError,
        ScorePairsResult::getScore);
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

  private static <R, T> List<T> results(
      List<R> results,
      List<EncodedText> sequences,
      ItemNames names,
      Predicate<R> succeeded,
      Function<R, ItemError> error,
      Function<R, T> value) {
    if (results.size() != sequences.size()) {
      throw new WeftException.Internal(
          "the encoder gave %,d results for %,d sequences"
              .formatted(results.size(), sequences.size()),
          null);
    }
    List<T> values = new ArrayList<>(results.size());
    for (R result : results) {
      if (!succeeded.test(result)) {
        throw ModelProtos.failure(error.apply(result), names.name(values.size()));
      }
      values.add(value.apply(result));
    }
    return values;
  }
}
