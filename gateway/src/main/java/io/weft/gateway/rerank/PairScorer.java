package io.weft.gateway.rerank;

import static java.util.Objects.requireNonNull;

import io.weft.gateway.backend.EmbedOptions;
import io.weft.gateway.backend.EmbeddedTexts.Vector;
import io.weft.gateway.backend.EncodeOptions;
import io.weft.gateway.backend.EncodedBatch;
import io.weft.gateway.backend.EncodedBatch.Answer;
import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.EncoderClient;
import io.weft.gateway.backend.ItemNames;
import io.weft.gateway.backend.ItemOutcome;
import io.weft.gateway.backend.ItemOutcome.Done;
import io.weft.gateway.backend.ItemOutcome.Failed;
import io.weft.gateway.backend.TextPair;
import io.weft.gateway.backend.TokenizerClient;
import io.weft.gateway.models.Model;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Scores pairs of texts: with a model of one label, which reads both together, or by the cosine of
 * the vectors of a model that embeds.
 */
@Singleton
public final class PairScorer {
  private static final EmbedOptions UNIT_LENGTH =
      new EmbedOptions(0, null, true, EmbedOptions.Format.FLOAT);

  private final TokenizerClient tokenizer;
  private final EncoderClient encoder;

  PairScorer(TokenizerClient tokenizer, EncoderClient encoder) {
    this.tokenizer = tokenizer;
    this.encoder = encoder;
  }

  /**
   * What the pairs scored.
   *
   * @param scores one a pair, higher for nearer
   * @param tokens of all sequences that the model read
   */
  public record Scored(List<Float> scores, int tokens) {
    public Scored {
      scores = List.copyOf(scores);
    }
  }

  /**
   * Scores pairs.
   *
   * @param model a reranker, or one that embeds
   * @param pairs each with both texts
   * @param rawScores a reranker's logits instead of what its activation makes of them
   * @param names what the request calls each pair, for errors
   */
  public Scored score(
      Model model,
      List<TextPair> pairs,
      EncodeOptions.Cut cut,
      boolean rawScores,
      ItemNames names) {
    Answer<Float> answer = scoreEach(model, pairs, cut, rawScores, names);
    return new Scored(ItemOutcome.values(answer.outcomes(), names), answer.tokens());
  }

  /** The same; a pair that cannot be scored fails alone. */
  public Answer<Float> scoreEach(
      Model model,
      List<TextPair> pairs,
      EncodeOptions.Cut cut,
      boolean rawScores,
      ItemNames names) {
    if (!model.isReranker()) {
      return cosines(model, pairs, cut, names);
    }
    EncodedBatch<EncodedText> batch = encode(model, pairs, cut, names);
    return batch.answer(encoder.scoreEach(model.name(), batch.sequences(), rawScores, names));
  }

  /** Embeds each different text once. */
  private Answer<Float> cosines(
      Model model, List<TextPair> pairs, EncodeOptions.Cut cut, ItemNames names) {
    Map<String, Integer> places = new LinkedHashMap<>();
    for (TextPair pair : pairs) {
      places.putIfAbsent(pair.text(), places.size());
      places.putIfAbsent(second(pair), places.size());
    }
    EncodedBatch<EncodedText> batch =
        encode(model, places.keySet().stream().map(TextPair::of).toList(), cut, names);
    Answer<Vector> vectors =
        batch.answer(
            encoder.embedEach(model.name(), batch.sequences(), UNIT_LENGTH, names).vectors());
    List<ItemOutcome<Float>> scores = new ArrayList<>(pairs.size());
    for (TextPair pair : pairs) {
      scores.add(
          cosine(
              vectors.outcomes().get(requireNonNull(places.get(pair.text()))),
              vectors.outcomes().get(requireNonNull(places.get(second(pair))))));
    }
    return new Answer<>(scores, vectors.tokens());
  }

  private EncodedBatch<EncodedText> encode(
      Model model, List<TextPair> texts, EncodeOptions.Cut cut, ItemNames names) {
    return EncodedBatch.of(tokenizer, model.name(), model.contextLength(), texts, cut, names);
  }

  private static ItemOutcome<Float> cosine(ItemOutcome<Vector> first, ItemOutcome<Vector> second) {
    return switch (first) {
      case Failed<Vector> failed -> failed.cast();
      case Done<Vector>(Vector a) ->
          switch (second) {
            case Failed<Vector> failed -> failed.cast();
            case Done<Vector>(Vector b) -> new Done<>(dot(a.floats(), b.floats()));
          };
    };
  }

  private static String second(TextPair pair) {
    String second = pair.pair();
    if (second == null) {
      throw new IllegalArgumentException("a pair has two texts");
    }
    return second;
  }

  private static float dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return (float) sum;
  }
}
