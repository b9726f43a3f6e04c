package io.weft.gateway.backend;

import io.grpc.Channel;
import io.quarkus.grpc.GrpcClient;
import io.weft.gateway.GatewayConfig;
import io.weft.gateway.replica.ReplicaChannels;
import io.weft.gateway.replica.Replicas;
import io.weft.gateway.replica.Route;
import io.weft.gateway.security.Caller;
import io.weft.proto.common.v1.ItemError;
import io.weft.proto.encoder.v1.AnswerSpansRequest;
import io.weft.proto.encoder.v1.AnswerSpansResult;
import io.weft.proto.encoder.v1.AttentionsResult;
import io.weft.proto.encoder.v1.ClassifyRequest;
import io.weft.proto.encoder.v1.ClassifyResponse;
import io.weft.proto.encoder.v1.ClassifyResult;
import io.weft.proto.encoder.v1.ClassifyTokensRequest;
import io.weft.proto.encoder.v1.ClassifyTokensResult;
import io.weft.proto.encoder.v1.EmbedResponse;
import io.weft.proto.encoder.v1.EmbedResult;
import io.weft.proto.encoder.v1.EncoderServiceGrpc;
import io.weft.proto.encoder.v1.EncoderServiceGrpc.EncoderServiceBlockingStub;
import io.weft.proto.encoder.v1.FillMaskRequest;
import io.weft.proto.encoder.v1.FillMaskResult;
import io.weft.proto.encoder.v1.GetAttentionsRequest;
import io.weft.proto.encoder.v1.GetHiddenStatesRequest;
import io.weft.proto.encoder.v1.HiddenStatesResult;
import io.weft.proto.encoder.v1.ListModelsRequest;
import io.weft.proto.encoder.v1.ScorePairsRequest;
import io.weft.proto.encoder.v1.ScorePairsResponse;
import io.weft.proto.encoder.v1.ScorePairsResult;
import io.weft.proto.encoder.v1.TokenInput;
import io.weft.runtime.error.WeftException;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Calls the encoder. Calls block, and end when the gRPC context that they run in is cancelled. Each
 * takes a batch, in which an item that cannot be served fails alone; {@code embed} and {@code
 * classify} fail with their first item that failed, named as the request names it.
 */
@Singleton
public final class EncoderClient implements ModelSource {
  private final BackendStub<EncoderServiceBlockingStub> backend;
  private final Replicas replicas;
  private final GenAiTracing tracing;
  private final Duration timeout;

  EncoderClient(
      @GrpcClient("encoder") Channel channel,
      ReplicaChannels channels,
      BackendMetrics metrics,
      GenAiTracing tracing,
      GatewayConfig config) {
    this.replicas = channels.replicas(Backend.ENCODER.toString());
    this.backend =
        new BackendStub<>(Backend.ENCODER, channel, EncoderServiceGrpc::newBlockingStub, metrics);
    this.tracing = tracing;
    this.timeout = config.encoderTimeout();
  }

  /** One vector a sequence. */
  public EmbeddedTexts embed(
      String model, List<EncodedText> sequences, EmbedOptions options, ItemNames names) {
    EmbeddedItems items;
    try {
      items = embedEach(model, sequences, options, names);
    } catch (WeftException e) {
      // Who calls this gives the format by the REST API's field.
      throw ApiTerms.translate(e, Map.of("format", "output_dtype"));
    }
    return new EmbeddedTexts(
        ItemOutcome.values(items.vectors(), names), items.pooling(), items.normalized());
  }

  /** One vector a sequence; one that cannot be embedded fails alone. */
  public EmbeddedItems embedEach(
      String model, List<EncodedText> sequences, EmbedOptions options, ItemNames names) {
    if (sequences.isEmpty()) {
      return new EmbeddedItems(List.of(), "", false);
    }
    charge(sequences);
    List<EmbedResponse> responses =
        tracing.embeddings(
            model,
            sequences,
            () ->
                inParts(
                    names,
                    model,
                    sequences,
                    inputs -> EncoderProtos.embedRequest(model, inputs, options),
                    EncoderServiceBlockingStub::embed));
    return new EmbeddedItems(
        outcomes(
            all(responses, EmbedResponse::getResultsList),
            sequences,
            EmbedResult::hasVector,
            EmbedResult::getError,
            result -> EncoderProtos.vector(result.getVector(), options.format())),
        EncoderProtos.name(responses.getFirst().getPooling()),
        responses.getFirst().getNormalized());
  }

  /** The states of each sequence's tokens; one that cannot be read fails alone. */
  public List<ItemOutcome<TokenStates>> hiddenStates(
      String model, List<EncodedText> sequences, ItemNames names) {
    if (sequences.isEmpty()) {
      return List.of();
    }
    charge(sequences);
    GetHiddenStatesRequest request =
        GetHiddenStatesRequest.newBuilder()
            .setModel(model)
            .addAllInputs(EncoderProtos.inputs(sequences))
            .build();
    return outcomes(
        call(names, model, sequences, stub -> stub.getHiddenStates(request)).getResultsList(),
        sequences,
        HiddenStatesResult::hasStates,
        HiddenStatesResult::getError,
        result -> EncoderTaskProtos.states(result.getStates()));
  }

  /**
   * How much each token attends to each other: one matrix of shape (tokens, tokens) for each of
   * {@code layers} and in it each of {@code heads}, in their order. A sequence that cannot be read
   * fails alone.
   */
  public List<ItemOutcome<List<float[][]>>> attentions(
      String model,
      List<EncodedText> sequences,
      List<Integer> layers,
      List<Integer> heads,
      ItemNames names) {
    if (sequences.isEmpty()) {
      return List.of();
    }
    charge(sequences);
    GetAttentionsRequest request =
        GetAttentionsRequest.newBuilder()
            .setModel(model)
            .addAllInputs(EncoderProtos.inputs(sequences))
            .addAllLayers(layers)
            .addAllHeads(heads)
            .build();
    return outcomes(
        call(names, model, sequences, stub -> stub.getAttentions(request)).getResultsList(),
        sequences,
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
    return ItemOutcome.values(classifyEach(model, sequences, rawScores, names), names);
  }

  /** The same; a sequence that cannot be labelled fails alone. */
  public List<ItemOutcome<List<LabelScore>>> classifyEach(
      String model, List<EncodedText> sequences, boolean rawScores, ItemNames names) {
    if (sequences.isEmpty()) {
      return List.of();
    }
    charge(sequences);
    List<ClassifyResponse> responses =
        inParts(
            names,
            model,
            sequences,
            inputs ->
                ClassifyRequest.newBuilder()
                    .setModel(model)
                    .addAllInputs(inputs)
                    .setRawScores(rawScores)
                    .build(),
            EncoderServiceBlockingStub::classify);
    return outcomes(
        all(responses, ClassifyResponse::getResultsList),
        sequences,
        ClassifyResult::hasScores,
        ClassifyResult::getError,
        result -> EncoderProtos.labels(result.getScores()));
  }

  /**
   * The relevance of each pair, higher for more; one that cannot be scored fails alone.
   *
   * @param rawScores logits instead of what the model's activation makes of them
   */
  public List<ItemOutcome<Float>> scoreEach(
      String model, List<EncodedText> pairs, boolean rawScores, ItemNames names) {
    if (pairs.isEmpty()) {
      return List.of();
    }
    charge(pairs);
    List<ScorePairsResponse> responses =
        inParts(
            names,
            model,
            pairs,
            inputs ->
                ScorePairsRequest.newBuilder()
                    .setModel(model)
                    .addAllInputs(inputs)
                    .setRawScores(rawScores)
                    .build(),
            EncoderServiceBlockingStub::scorePairs);
    return outcomes(
        all(responses, ScorePairsResponse::getResultsList),
        pairs,
        ScorePairsResult::hasScore,
        ScorePairsResult::getError,
        ScorePairsResult::getScore);
  }

  /**
   * The entities of each sequence, in text order; one that cannot be labelled fails alone.
   *
   * @param sequences with what each of their tokens is
   */
  public List<ItemOutcome<List<TaggedSpan>>> classifyTokens(
      String model, List<EncodedText> sequences, TagOptions options, ItemNames names) {
    if (sequences.isEmpty()) {
      return List.of();
    }
    charge(sequences);
    ClassifyTokensRequest request =
        EncoderTaskProtos.classifyTokensRequest(model, sequences, options);
    return outcomes(
        call(names, model, sequences, stub -> stub.classifyTokens(request)).getResultsList(),
        sequences,
        ClassifyTokensResult::hasEntities,
        ClassifyTokensResult::getError,
        result -> EncoderTaskProtos.spans(result.getEntities()));
  }

  /**
   * All candidates for answers to each question; one that cannot be read fails alone.
   *
   * @param questions each with the windows of its passage, with what each of their tokens is
   */
  public List<ItemOutcome<FoundAnswers>> answerSpans(
      String model, List<List<EncodedText>> questions, AnswerOptions options, ItemNames names) {
    if (questions.isEmpty()) {
      return List.of();
    }
    questions.forEach(EncoderClient::charge);
    AnswerSpansRequest request = EncoderTaskProtos.answerSpansRequest(model, questions, options);
    return outcomes(
        call(
                names,
                model,
                questions.stream().flatMap(List::stream).toList(),
                stub -> stub.answerSpans(request))
            .getResultsList(),
        questions,
        AnswerSpansResult::hasAnswers,
        AnswerSpansResult::getError,
        result -> EncoderTaskProtos.answers(result.getAnswers()));
  }

  /**
   * The masks of each sequence, in its order, with what may stand in their places; a sequence that
   * cannot be filled fails alone.
   *
   * @param topK candidates a mask
   * @param targets choose from these tokens only; empty: from all
   */
  public List<ItemOutcome<List<MaskFill>>> fillMask(
      String model, List<EncodedText> sequences, int topK, List<Integer> targets, ItemNames names) {
    if (sequences.isEmpty()) {
      return List.of();
    }
    charge(sequences);
    FillMaskRequest request = EncoderTaskProtos.fillMaskRequest(model, sequences, topK, targets);
    return outcomes(
        call(names, model, sequences, stub -> stub.fillMask(request)).getResultsList(),
        sequences,
        FillMaskResult::hasFills,
        FillMaskResult::getError,
        result -> EncoderTaskProtos.fills(result.getFills()));
  }

  @Override
  public Replicas replicas() {
    return replicas;
  }

  @Override
  public List<ModelDescription> listModels(Duration limit, Route route) {
    return ModelProtos.models(
        backend
            .call(limit, "", route, stub -> stub.listModels(ListModelsRequest.getDefaultInstance()))
            .getModelsList());
  }

  @Override
  public OptionalLong work(Duration limit, Route route, List<ModelDescription> models) {
    return OptionalLong.empty();
  }

  @Override
  public void reconnect() {
    backend.reconnect();
  }

  /** Takes the tokens from those of the caller whose work runs on this thread. */
  private static void charge(List<EncodedText> sequences) {
    Caller.currentQuota().take(SequenceLength.total(sequences));
  }

  /** Makes the calls for a batch, one a part. */
  private <Q, T> List<T> inParts(
      ItemNames names,
      String model,
      List<EncodedText> sequences,
      Function<List<TokenInput>, Q> request,
      BiFunction<EncoderServiceBlockingStub, Q, T> call) {
    return BatchParts.call(
        sequences,
        part -> {
          Q asked = request.apply(EncoderProtos.inputs(part));
          return call(names, model, part, stub -> call.apply(stub, asked));
        });
  }

  /** Makes a call whose work is its tokens. */
  private <T> T call(
      ItemNames names,
      String model,
      List<EncodedText> sequences,
      Function<EncoderServiceBlockingStub, T> call) {
    Route route = Route.leastWork(model, Math.max(1, SequenceLength.total(sequences)));
    return backend.call(timeout, names.param(), route, call);
  }

  private static <P, R> List<R> all(List<P> parts, Function<P, List<R>> results) {
    return parts.stream().flatMap(part -> results.apply(part).stream()).toList();
  }

  private static <R, T> List<ItemOutcome<T>> outcomes(
      List<R> results,
      List<?> sequences,
      Predicate<R> succeeded,
      Function<R, ItemError> error,
      Function<R, T> value) {
    if (results.size() != sequences.size()) {
      throw new WeftException.Internal(
          "the encoder gave %,d results for %,d sequences"
              .formatted(results.size(), sequences.size()),
          null);
    }
    List<ItemOutcome<T>> outcomes = new ArrayList<>(results.size());
    for (R result : results) {
      outcomes.add(
          succeeded.test(result)
              ? new ItemOutcome.Done<>(value.apply(result))
              : ModelProtos.failed(error.apply(result)));
    }
    return outcomes;
  }
}
