package io.weft.gateway.rerank;

import static java.util.Objects.requireNonNull;

import io.weft.gateway.backend.EmbedOptions;
import io.weft.gateway.backend.EncodeOptions;
import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.EncoderClient;
import io.weft.gateway.backend.ItemNames;
import io.weft.gateway.backend.SequenceLength;
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
    if (!model.isReranker()) {
      return cosines(model, pairs, cut, names);
    }
    List<EncodedText> sequences =
        tokenizer.encode(model.name(), pairs, EncodeOptions.forModel(cut), names);
    SequenceLength.check(sequences, model.contextLength(), names);
    return new Scored(
        encoder.scorePairs(model.name(), sequences, rawScores, names),
        SequenceLength.total(sequences));
  }

  /** Embeds each different text once. */
  private Scored cosines(
      Model model, List<TextPair> pairs, EncodeOptions.Cut cut, ItemNames names) {
    Map<String, Integer> places = new LinkedHashMap<>();
    List<Integer> pairOf = new ArrayList<>();
    for (int i = 0; i < pairs.size(); i++) {
      TextPair pair = pairs.get(i);
      for (String text : List.of(pair.text(), second(pair))) {
        if (places.putIfAbsent(text, places.size()) == null) {
          pairOf.add(i);
        }
      }
    }
    ItemNames textNames = new TextNames(names, pairOf);
    List<EncodedText> sequences =
        tokenizer.encode(
            model.name(),
            places.keySet().stream().map(TextPair::of).toList(),
            EncodeOptions.forModel(cut),
            textNames);
    SequenceLength.check(sequences, model.contextLength(), textNames);
    List<float[]> vectors = encoder.embed(model.name(), sequences, UNIT_LENGTH, textNames).floats();
    List<Float> scores =
        pairs.stream()
            .map(
                pair ->
                    dot(
                        vectors.get(requireNonNull(places.get(pair.text()))),
                        vectors.get(requireNonNull(places.get(second(pair))))))
            .toList();
    return new Scored(scores, SequenceLength.total(sequences));
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

  /** Names a text as the first pair that it is in. */
  private record TextNames(ItemNames pairs, List<Integer> pairOf) implements ItemNames {
    @Override
    public String param() {
      return pairs.param();
    }

    @Override
    public String name(int index) {
      return pairs.name(pairOf.get(index));
    }
  }
}
