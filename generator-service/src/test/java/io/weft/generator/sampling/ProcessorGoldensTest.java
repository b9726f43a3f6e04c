package io.weft.generator.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole distributions against transformers' own (e2e/goldens/processor_goldens.py). */
class ProcessorGoldensTest {
  private static final int VOCABULARY = 400;
  private static final Goldens GOLDENS = read();

  private record Goldens(Map<String, float[]> rows, List<Case> cases) {}

  /** Of a row, after a prompt and an output: the ids that can come, and their probabilities. */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  private record Case(
      String row,
      int[] prompt,
      int[] output,
      Map<Integer, Float> logitBias,
      float repetitionPenalty,
      float presencePenalty,
      float frequencyPenalty,
      int noRepeatNgramSize,
      float temperature,
      int topK,
      float topP,
      float minP,
      float typicalP,
      int[] ids,
      double[] probabilities) {
    SamplingOptions options(long seed) {
      Penalties penalties =
          new Penalties(repetitionPenalty, presencePenalty, frequencyPenalty, noRepeatNgramSize);
      return new SamplingOptions(
          temperature, topK, topP, minP, typicalP, penalties, seed, logitBias);
    }

    double[] expected() {
      double[] all = new double[VOCABULARY];
      for (int i = 0; i < ids.length; i++) {
        all[ids[i]] = probabilities[i];
      }
      return all;
    }

    @Override
    public String toString() {
      return "%s T=%s k=%d p=%s min=%s typical=%s repetition=%s presence=%s frequency=%s n=%d b=%d"
          .formatted(
              row,
              temperature,
              topK,
              topP,
              minP,
              typicalP,
              repetitionPenalty,
              presencePenalty,
              frequencyPenalty,
              noRepeatNgramSize,
              logitBias.size());
    }
  }

  static Stream<Case> cases() {
    return GOLDENS.cases().stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theDistributionEqualsTransformers(Case golden) {
    double[] actual = distribution(golden, processors(golden));

    double[] expected = golden.expected();
    for (int id = 0; id < VOCABULARY; id++) {
      assertThat(actual[id]).as("id %d", id).isCloseTo(expected[id], within(1e-5));
    }
  }

  /** Copies share nothing: a token that one takes changes no other. */
  @ParameterizedTest
  @MethodSource("cases")
  void aCopyGoesOnAloneFromTheSameTokens(Case golden) {
    Processors original = processors(golden);
    double[] before = distribution(golden, original);
    Processors copy = original.copy();
    for (int id = 0; id < VOCABULARY; id += 3) {
      copy.write(id);
    }

    assertThat(distribution(golden, original)).isEqualTo(before);
  }

  /** χ² over bins of at least 5 expected draws; the limit is that of one in a million. */
  @ParameterizedTest
  @MethodSource("cases")
  void drawsFollowTheDistribution(Case golden) {
    int draws = 4_000;
    Sampler sampler = new Sampler(golden.options(7), 0);
    Processors processors = processors(golden);
    int[] counts = new int[VOCABULARY];
    for (int i = 0; i < draws; i++) {
      counts[sampler.choose(processed(golden, processors))]++;
    }

    double[] expected = golden.expected();
    double chiSquare = 0;
    int bins = 0;
    double restExpected = 0;
    int restCount = 0;
    for (int id = 0; id < VOCABULARY; id++) {
      if (expected[id] == 0) {
        assertThat(counts[id]).as("draws of the impossible %d", id).isZero();
      }
      restExpected += expected[id] * draws;
      restCount += counts[id];
      if (restExpected >= 5) {
        chiSquare += Math.pow(restCount - restExpected, 2) / restExpected;
        bins++;
        restExpected = 0;
        restCount = 0;
      }
    }
    double freedom = Math.max(1, bins - 1);
    // Wilson and Hilferty's approximation of the χ² quantile; 4.75 is the normal one.
    double limit =
        freedom * Math.pow(1 - 2 / (9 * freedom) + 4.75 * Math.sqrt(2 / (9 * freedom)), 3);
    assertThat(chiSquare).isLessThan(limit);
  }

  @Test
  void requestsWithoutPenaltiesRememberNothing() {
    Processors processors = new Processors(SamplingOptions.likeliest());

    assertThat(processors.readsPrompt()).isFalse();
    assertThat(processors.copy()).isSameAs(processors);
  }

  private static double[] distribution(Case golden, Processors processors) {
    Logits logits = processed(golden, processors);
    float cut = new Sampler(golden.options(1), 0).filter(logits);
    double sum = logits.weigh(cut, golden.temperature());
    double[] actual = new double[VOCABULARY];
    for (int id : logits.idsFrom(cut)) {
      actual[id] = logits.weight(id) / sum;
    }
    return actual;
  }

  private static Logits processed(Case golden, Processors processors) {
    Logits logits = new Logits(VOCABULARY);
    float[] row = Objects.requireNonNull(GOLDENS.rows().get(golden.row()));
    System.arraycopy(row, 0, logits.values(), 0, VOCABULARY);
    processors.apply(logits);
    assertThat(logits.scan()).isTrue();
    return logits;
  }

  private static Processors processors(Case golden) {
    Processors processors = new Processors(golden.options(1));
    Arrays.stream(golden.prompt()).forEach(processors::read);
    Arrays.stream(golden.output()).forEach(processors::write);
    return processors;
  }

  private static Goldens read() {
    try (InputStream in =
        Objects.requireNonNull(
            ProcessorGoldensTest.class.getResourceAsStream("/processor-goldens.json"))) {
      return new ObjectMapper().readValue(in, Goldens.class);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
