package io.weft.gateway.states;

import io.weft.gateway.backend.EncodeOptions;
import io.weft.gateway.backend.EncodeOptions.Cut;
import io.weft.gateway.backend.EncodedBatch;
import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.EncoderClient;
import io.weft.gateway.backend.ItemNames;
import io.weft.gateway.backend.ItemOutcome;
import io.weft.gateway.backend.SequenceLength;
import io.weft.gateway.backend.TextPair;
import io.weft.gateway.backend.TokenStates;
import io.weft.gateway.backend.TokenizerClient;
import io.weft.gateway.input.TokenView;
import io.weft.gateway.models.Model;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;

/**
 * What is inside of an encoder: the vectors of tokens, and what they attend to. A text that cannot
 * be read fails alone.
 */
@Singleton
public final class StatesReader {
  /** Most texts whose hidden states are answered. */
  public static final int MAX_STATES = 256;

  /** Most texts whose attentions are answered. */
  public static final int MAX_ATTENTIONS = 16;

  /** No model has more layers, or heads. */
  public static final int MAX_INDEXES = 1_024;

  private final TokenizerClient tokenizer;
  private final EncoderClient encoder;

  StatesReader(TokenizerClient tokenizer, EncoderClient encoder) {
    this.tokenizer = tokenizer;
    this.encoder = encoder;
  }

  /**
   * A text as the model reads it, and what was found.
   *
   * @param tokens what was read
   * @param value of these tokens
   */
  public record Read<T>(List<TokenView> tokens, T value) {
    public Read {
      tokens = List.copyOf(tokens);
    }
  }

  /**
   * Which of a model's attentions.
   *
   * @param layers negative ones counted from the last; empty for all
   * @param heads likewise
   */
  public record Choice(List<Integer> layers, List<Integer> heads) {
    public Choice {
      layers = List.copyOf(layers);
      heads = List.copyOf(heads);
    }
  }

  /**
   * The vectors of each text's tokens.
   *
   * @param names what the request calls each, for failures of all
   */
  public EncodedBatch.Answer<Read<TokenStates>> states(
      Model model, List<TextPair> texts, Cut cut, ItemNames names) {
    EncodedBatch<EncodedText> batch = encode(model, texts, cut, names);
    List<EncodedText> sequences = batch.sequences();
    ReplySize.check(
        ((long) SequenceLength.total(sequences) + sequences.size()) * model.encoder().hiddenSize(),
        "send less text",
        names.param());
    return read(texts, batch, encoder.hiddenStates(model.name(), sequences, names));
  }

  /**
   * What each text's tokens attend to, layer by layer and in each head by head.
   *
   * @param names what the request calls each, for failures of all
   */
  public EncodedBatch.Answer<Read<List<Attentions.Head>>> attentions(
      Model model, List<TextPair> texts, Choice choice, Cut cut, ItemNames names) {
    List<Integer> layers =
        AttentionsRequest.places("layers", choice.layers(), model.encoder().layers());
    List<Integer> heads =
        AttentionsRequest.places("heads", choice.heads(), model.encoder().heads());
    EncodedBatch<EncodedText> batch = encode(model, texts, cut, names);
    List<EncodedText> sequences = batch.sequences();
    long pairs =
        sequences.stream().mapToLong(sequence -> sequence.ids().size()).map(n -> n * n).sum();
    ReplySize.check(
        pairs * layers.size() * heads.size(),
        "choose fewer layers or heads, or send less text",
        names.param());
    return read(
        texts,
        batch,
        encoder.attentions(model.name(), sequences, layers, heads, names).stream()
            .map(item -> item.map(weights -> named(layers, heads, weights)))
            .toList());
  }

  private EncodedBatch<EncodedText> encode(
      Model model, List<TextPair> texts, Cut cut, ItemNames names) {
    return EncodedBatch.of(
        tokenizer, model.name(), model.contextLength(), texts, EncodeOptions.described(cut), names);
  }

  /** Puts what was found beside the tokens that were read. */
  private static <T> EncodedBatch.Answer<Read<T>> read(
      List<TextPair> texts, EncodedBatch<EncodedText> batch, List<ItemOutcome<T>> found) {
    List<EncodedText> sequences = batch.sequences();
    List<ItemOutcome<Found<T>>> beside = new ArrayList<>(found.size());
    for (ItemOutcome<T> item : found) {
      EncodedText sequence = sequences.get(beside.size());
      beside.add(item.map(value -> new Found<>(sequence, value)));
    }
    EncodedBatch.Answer<Found<T>> answer = batch.answer(beside);
    List<ItemOutcome<Read<T>>> outcomes = new ArrayList<>(texts.size());
    for (ItemOutcome<Found<T>> item : answer.outcomes()) {
      TextPair text = texts.get(outcomes.size());
      outcomes.add(
          item.map(own -> new Read<>(TokenView.of(text, own.sequence().tokens()), own.value())));
    }
    return new EncodedBatch.Answer<>(outcomes, answer.tokens());
  }

  private record Found<T>(EncodedText sequence, T value) {}

  private static List<Attentions.Head> named(
      List<Integer> layers, List<Integer> heads, List<float[][]> weights) {
    List<Attentions.Head> named = new ArrayList<>(weights.size());
    for (int layer : layers) {
      for (int head : heads) {
        named.add(new Attentions.Head(layer, head, weights.get(named.size())));
      }
    }
    return named;
  }
}
