package io.weft.gateway.backend;

import io.grpc.Channel;
import io.quarkus.grpc.GrpcClient;
import io.weft.gateway.GatewayConfig;
import io.weft.gateway.replica.ReplicaChannels;
import io.weft.gateway.replica.Replicas;
import io.weft.gateway.replica.Route;
import io.weft.proto.tokenizer.v1.DecodeRequest;
import io.weft.proto.tokenizer.v1.EncodeChatRequest;
import io.weft.proto.tokenizer.v1.EncodeChatResponse;
import io.weft.proto.tokenizer.v1.EncodeRequest;
import io.weft.proto.tokenizer.v1.EncodeResult;
import io.weft.proto.tokenizer.v1.Encoding;
import io.weft.proto.tokenizer.v1.FindTokensRequest;
import io.weft.proto.tokenizer.v1.FoundToken;
import io.weft.proto.tokenizer.v1.ListModelsRequest;
import io.weft.proto.tokenizer.v1.TextInput;
import io.weft.proto.tokenizer.v1.TokenSequence;
import io.weft.proto.tokenizer.v1.TokenizerServiceGrpc;
import io.weft.proto.tokenizer.v1.TokenizerServiceGrpc.TokenizerServiceBlockingStub;
import io.weft.runtime.error.WeftException;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Calls the tokenizer. Calls block, and end when the gRPC context that they run in is cancelled.
 */
@Singleton
public final class TokenizerClient implements ModelSource {
  /** Most sequences of one call. */
  private static final int MAX_SEQUENCES = 10_000;

  /** What the tokenizer takes in one message, less room for the rest of it. */
  private static final long MAX_BATCH_BYTES = 33_000_000;

  private final BackendStub<TokenizerServiceBlockingStub> backend;
  private final Replicas replicas;
  private final Duration timeout;

  TokenizerClient(
      @GrpcClient("tokenizer") Channel channel,
      ReplicaChannels channels,
      BackendMetrics metrics,
      GatewayConfig config) {
    this.replicas = channels.replicas(Backend.TOKENIZER.toString());
    this.backend =
        new BackendStub<>(
            Backend.TOKENIZER, channel, TokenizerServiceGrpc::newBlockingStub, metrics);
    this.timeout = config.tokenizerTimeout();
  }

  /** A conversation as a prompt, through the model's chat template. */
  public EncodedChat encodeChat(String model, ChatInput chat) {
    EncodeChatRequest request = ChatProtos.chatRequest(model, chat);
    return ChatProtos.encodedChat(
        backend.call(timeout, "messages", route(model), stub -> stub.encodeChat(request)));
  }

  /** A conversation as text and as token ids, written out as told. */
  public RenderedChat render(String model, ChatInput chat, ChatRendering rendering) {
    EncodeChatRequest request = ChatProtos.renderRequest(model, chat, rendering);
    EncodeChatResponse response =
        backend.call(timeout, "messages", route(model), stub -> stub.encodeChat(request));
    return new RenderedChat(TokenIds.of(response.getIdsList()), response.getText());
  }

  /**
   * Texts as token ids, with the model's special tokens.
   *
   * @param names what the request calls each text, for errors
   * @throws WeftException.InvalidRequest when one of the texts cannot be encoded
   */
  public List<TokenIds> encode(String model, List<String> texts, ItemNames names) {
    return encode(
            model,
            texts.stream().map(TextPair::of).toList(),
            EncodeOptions.forModel(EncodeOptions.Cut.NONE),
            names)
        .stream()
        .map(EncodedText::ids)
        .toList();
  }

  /**
   * Texts or pairs as sequences.
   *
   * @param names what the request calls each, for errors
   * @throws WeftException.InvalidRequest when one of them cannot be encoded
   */
  public List<EncodedText> encode(
      String model, List<TextPair> texts, EncodeOptions options, ItemNames names) {
    return ItemOutcome.values(encodeEach(model, texts, options, names), names);
  }

  /**
   * Texts or pairs as sequences; one that cannot be encoded fails alone.
   *
   * @param names what the request calls each, for failures of all
   */
  public List<ItemOutcome<EncodedText>> encodeEach(
      String model, List<TextPair> texts, EncodeOptions options, ItemNames names) {
    boolean withTokens = options.detail() != EncodeOptions.Detail.IDS;
    return encodings(model, texts, options, names).stream()
        .map(item -> item.map(encoding -> TokenizerProtos.encodedText(encoding, withTokens)))
        .toList();
  }

  /**
   * Pairs as sequences, each followed by the further windows over what was cut of its second text;
   * one that cannot be encoded fails alone.
   *
   * @param options with windows
   */
  public List<ItemOutcome<List<EncodedText>>> encodeWindows(
      String model, List<TextPair> pairs, EncodeOptions options, ItemNames names) {
    return encodings(model, pairs, options, names).stream()
        .map(item -> item.map(TokenizerProtos::windows))
        .toList();
  }

  private List<ItemOutcome<Encoding>> encodings(
      String model, List<TextPair> texts, EncodeOptions options, ItemNames names) {
    if (texts.isEmpty()) {
      return List.of();
    }
    EncodeRequest request = TokenizerProtos.encodeRequest(model, texts, options);
    checkSize(request, names);
    List<EncodeResult> results =
        backend
            .call(timeout, names.param(), route(model), stub -> stub.encode(request))
            .getResultsList();
    if (results.size() != texts.size()) {
      throw new WeftException.Internal(
          "the tokenizer gave %,d results for %,d texts".formatted(results.size(), texts.size()),
          null);
    }
    List<ItemOutcome<Encoding>> encodings = new ArrayList<>(results.size());
    for (EncodeResult result : results) {
      encodings.add(
          result.hasEncoding()
              ? new ItemOutcome.Done<>(result.getEncoding())
              : ModelProtos.failed(result.getError()));
    }
    return encodings;
  }

  /** A text that stands beside many others is sent with each of them. */
  private static void checkSize(EncodeRequest request, ItemNames names) {
    long bytes = request.getInputsList().stream().mapToLong(TextInput::getSerializedSize).sum();
    if (bytes > MAX_BATCH_BYTES) {
      throw new WeftException.InvalidRequest(
          "BATCH_TOO_LARGE",
          "%s: texts of %,d bytes, counted as often as they are paired > %,d"
              .formatted(names.param(), bytes, MAX_BATCH_BYTES),
          names.param());
    }
  }

  /** The ids of tokens as the vocabulary spells them; empty for what it does not have. */
  public List<OptionalInt> findTokens(String model, List<String> tokens, ItemNames names) {
    FindTokensRequest request =
        FindTokensRequest.newBuilder().setModel(model).addAllTokens(tokens).build();
    List<FoundToken> found =
        backend
            .call(timeout, names.param(), route(model), stub -> stub.findTokens(request))
            .getResultsList();
    if (found.size() != tokens.size()) {
      throw new WeftException.Internal(
          "the tokenizer gave %,d results for %,d tokens".formatted(found.size(), tokens.size()),
          null);
    }
    return found.stream()
        .map(token -> token.hasId() ? OptionalInt.of(token.getId()) : OptionalInt.empty())
        .toList();
  }

  /** Token ids as texts, special tokens included. */
  public List<String> decode(String model, List<TokenIds> sequences, ItemNames names) {
    return decode(model, sequences, false, names);
  }

  /** Token ids as texts. */
  public List<String> decode(
      String model, List<TokenIds> sequences, boolean skipSpecialTokens, ItemNames names) {
    DecodeRequest.Builder request =
        DecodeRequest.newBuilder().setModel(model).setSkipSpecialTokens(skipSpecialTokens);
    for (TokenIds ids : sequences) {
      TokenSequence.Builder sequence = TokenSequence.newBuilder();
      ids.forEach(sequence::addIds);
      request.addSequences(sequence);
    }
    List<String> texts =
        backend
            .call(timeout, names.param(), route(model), stub -> stub.decode(request.build()))
            .getTextsList();
    if (texts.size() != sequences.size()) {
      throw new WeftException.Internal(
          "the tokenizer gave %,d texts for %,d sequences"
              .formatted(texts.size(), sequences.size()),
          null);
    }
    return texts;
  }

  /** Any number of sequences of token ids as texts, by as many calls as it takes. */
  public List<String> decodeAll(
      String model, List<TokenIds> sequences, boolean skipSpecialTokens, ItemNames names) {
    List<String> texts = new ArrayList<>(sequences.size());
    for (int from = 0; from < sequences.size(); from += MAX_SEQUENCES) {
      int to = Math.min(sequences.size(), from + MAX_SEQUENCES);
      texts.addAll(decode(model, sequences.subList(from, to), skipSpecialTokens, names));
    }
    return texts;
  }

  /** A request is a request: what tokenizers do takes little time, whatever its size. */
  private static Route route(String model) {
    return Route.leastWork(model, 1);
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
}
