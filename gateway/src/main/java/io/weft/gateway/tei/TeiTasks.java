package io.weft.gateway.tei;

import io.weft.gateway.backend.EmbedOptions;
import io.weft.gateway.backend.EncodeOptions;
import io.weft.gateway.backend.EncodeOptions.Cut;
import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.EncoderClient;
import io.weft.gateway.backend.ItemNames;
import io.weft.gateway.backend.ItemOutcome;
import io.weft.gateway.backend.LabelBounds;
import io.weft.gateway.backend.LabelScore;
import io.weft.gateway.backend.SequenceLength;
import io.weft.gateway.backend.TextPair;
import io.weft.gateway.backend.TokenIds;
import io.weft.gateway.backend.TokenStates;
import io.weft.gateway.backend.TokenizerClient;
import io.weft.gateway.input.Inputs;
import io.weft.gateway.input.Names;
import io.weft.gateway.input.TokenView;
import io.weft.gateway.models.Model;
import io.weft.gateway.rerank.PairScorer;
import io.weft.runtime.error.WeftException;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What text-embeddings-inference does, for its REST API and its gRPC contract. Models are named, or
 * the only one that fits answers.
 */
@Singleton
public final class TeiTasks {
  private final TeiModels models;
  private final TokenizerClient tokenizer;
  private final EncoderClient encoder;
  private final PairScorer scorer;

  TeiTasks(TeiModels models, TokenizerClient tokenizer, EncoderClient encoder, PairScorer scorer) {
    this.models = models;
    this.tokenizer = tokenizer;
    this.encoder = encoder;
    this.scorer = scorer;
  }

  /**
   * An answer, and the tokens that the model read for it.
   *
   * @param value one entry an input
   */
  public record Answer<T>(List<T> value, int tokens) {
    public Answer {
      value = List.copyOf(value);
    }
  }

  /**
   * A text's place among others, nearest first.
   *
   * @param index of the text in the request
   * @param score higher for nearer
   */
  public record Place(int index, float score) {}

  /** One vector an input. */
  public Answer<float[]> embed(
      @Nullable String name, Inputs inputs, Cut cut, EmbedOptions options) {
    Model model = models.embedder(name);
    List<EncodedText> sequences = sequences(model, inputs, cut);
    return new Answer<>(
        encoder.embed(model.name(), sequences, options, inputs).floats(),
        SequenceLength.total(sequences));
  }

  /** One vector a token of each input: shape (tokens, hidden size). */
  public Answer<float[][]> embedAll(@Nullable String name, Inputs inputs, Cut cut) {
    Model model = models.embedder(name);
    List<EncodedText> sequences = sequences(model, inputs, cut);
    return new Answer<>(
        ItemOutcome.values(encoder.hiddenStates(model.name(), sequences, inputs), inputs).stream()
            .map(TokenStates::lastHiddenState)
            .toList(),
        SequenceLength.total(sequences));
  }

  /** Refuses: no model here makes sparse vectors. */
  static WeftException noSparse() {
    return new WeftException.Unsupported(
        "MODEL_LACKS_TASK", "no loaded model can make sparse vectors", Map.of("param", "model"));
  }

  /** All labels of each text or pair, best first. */
  public Answer<List<LabelScore>> predict(
      @Nullable String name, List<TextPair> inputs, Cut cut, boolean rawScores, Names names) {
    Model model = models.classifier(name);
    LabelBounds.check(inputs.size(), model.labels().size(), names.param());
    List<EncodedText> sequences =
        tokenizer.encode(model.name(), inputs, EncodeOptions.forModel(cut), names);
    SequenceLength.check(sequences, model.contextLength(), names);
    return new Answer<>(
        encoder.classify(model.name(), sequences, rawScores, names),
        SequenceLength.total(sequences));
  }

  /**
   * The texts by how near they are to the query, nearest first. Scores are sigmoids of the model's
   * logits whatever the checkpoint's own activation, as text-embeddings-inference has them.
   *
   * @param rawScores logits instead
   */
  public Answer<Place> rerank(
      @Nullable String name, String query, List<String> texts, Cut cut, boolean rawScores) {
    Model model = models.reranker(name);
    PairScorer.Scored scored =
        scorer.score(
            model,
            texts.stream().map(text -> new TextPair(query, text)).toList(),
            cut,
            true,
            Names.list("texts"));
    List<Float> logits = scored.scores();
    // By the logits: large ones have the same sigmoid.
    return new Answer<>(
        IntStream.range(0, logits.size())
            .boxed()
            .sorted((a, b) -> Float.compare(logits.get(b), logits.get(a)))
            .map(i -> new Place(i, rawScores ? logits.get(i) : sigmoid(logits.get(i))))
            .toList(),
        scored.tokens());
  }

  private static float sigmoid(float logit) {
    return (float) (1 / (1 + Math.exp(-logit)));
  }

  /** How near each pair is, by the vectors of a model that embeds. */
  List<Float> similarity(@Nullable String name, List<TextPair> pairs, Cut cut, Names names) {
    return scorer.score(models.embedder(name), pairs, cut, false, names).scores();
  }

  /** A model, whatever it can do. */
  public Model any(@Nullable String name) {
    return models.any(name);
  }

  /** The tokens of one text, with their places. */
  public List<TokenView> tokenize(@Nullable String name, String text, boolean specialTokens) {
    Model model = models.tokenized(name);
    TextPair input = TextPair.of(text);
    return TokenView.of(
        input,
        tokenizer
            .encode(
                model.name(),
                List.of(input),
                new EncodeOptions(specialTokens, Cut.NONE, true),
                new Names("inputs", false))
            .getFirst()
            .tokens());
  }

  /** The text of each list of token ids. */
  public List<String> decode(
      @Nullable String name, List<TokenIds> ids, boolean skipSpecialTokens, ItemNames names) {
    return tokenizer.decode(models.tokenized(name).name(), ids, skipSpecialTokens, names);
  }

  private List<EncodedText> sequences(Model model, Inputs inputs, Cut cut) {
    List<EncodedText> sequences = inputs.sequences(tokenizer, model.name(), cut);
    SequenceLength.check(sequences, model.contextLength(), inputs);
    return sequences;
  }
}
