package io.weft.generator.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerTest {
  private static final int VOCABULARY = 1_000;

  @Test
  void greedyTakesTheLikeliestAndTheLowestOfEquals() {
    float[] values = new float[VOCABULARY];
    values[700] = 3;
    values[900] = 3;

    assertThat(new Sampler(SamplingOptions.likeliest(), 0).choose(scanned(values))).isEqualTo(700);
  }

  @Test
  void drawsAsOftenAsTokensAreLikely() {
    float[] values = new float[VOCABULARY];
    Arrays.fill(values, -100);
    values[3] = (float) Math.log(0.5);
    values[500] = (float) Math.log(0.3);
    values[999] = (float) Math.log(0.2);
    Logits logits = scanned(values);
    Sampler sampler = new Sampler(options(1, 0, 1, 0, 42), 0);

    int[] counts = new int[VOCABULARY];
    int draws = 100_000;
    for (int i = 0; i < draws; i++) {
      counts[sampler.choose(logits)]++;
    }

    assertThat(counts[3] / (double) draws).isCloseTo(0.5, within(0.01));
    assertThat(counts[500] / (double) draws).isCloseTo(0.3, within(0.01));
    assertThat(counts[999] / (double) draws).isCloseTo(0.2, within(0.01));
    assertThat(counts[3] + counts[500] + counts[999]).isEqualTo(draws);
  }

  @Test
  void theSeedAndTheIndexDecide() {
    int[] first = draws(7, 0);

    assertThat(draws(7, 0)).isEqualTo(first);
    assertThat(draws(8, 0)).isNotEqualTo(first);
    assertThat(draws(7, 1)).isNotEqualTo(first);
    assertThat(draws(7, 2)).isNotEqualTo(first).isNotEqualTo(draws(7, 1));
  }

  @Test
  void biasMakesATokenCertainOrImpossible() {
    float[] values = random(1);
    SamplingOptions options = new SamplingOptions(1, 0, 1, 0, 1, Map.of(5, 100f));
    Sampler sampler = new Sampler(options, 0);
    Logits logits = new Logits(VOCABULARY);
    System.arraycopy(values, 0, logits.values(), 0, VOCABULARY);
    new Processors(options).apply(logits);
    logits.scan();

    assertThat(IntStream.range(0, 100).map(_ -> sampler.choose(logits))).containsOnly(5);
  }

  @Test
  void aBannedTokenIsNeverChosen() {
    float[] values = new float[VOCABULARY];
    values[5] = 50;
    Logits logits = new Logits(VOCABULARY);
    System.arraycopy(values, 0, logits.values(), 0, VOCABULARY);
    logits.ban(5);
    assertThat(logits.scan()).isTrue();

    Sampler sampler = new Sampler(options(2, 0, 1, 0, 1), 0);
    assertThat(IntStream.range(0, 5_000).map(_ -> sampler.choose(logits))).doesNotContain(5);
    assertThat(new Sampler(SamplingOptions.likeliest(), 0).choose(logits)).isZero();
  }

  @Test
  void theSmallestTemperatureIsGreedy() {
    Logits logits = scanned(random(3));

    Sampler sampler = new Sampler(options(Float.MIN_VALUE, 0, 1, 0, 1), 0);
    assertThat(sampler.choose(logits)).isEqualTo(logits.argMax());
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void seesLogitsThatAreNotFinite(float broken) {
    float[] values = random(1);
    values[613] = broken;

    Logits logits = new Logits(VOCABULARY);
    System.arraycopy(values, 0, logits.values(), 0, VOCABULARY);
    assertThat(logits.scan()).isFalse();
  }

  @Test
  void nothingButImpossibleTokensIsBroken() {
    Logits logits = new Logits(3);
    Arrays.fill(logits.values(), Float.NEGATIVE_INFINITY);

    assertThat(logits.scan()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 10, 255, 256, 257, 999, 1_000})
  void findsTheKthLargest(int k) {
    float[] values = random(k);
    float[] sorted = values.clone();
    Arrays.sort(sorted);

    assertThat(scanned(values).kthLargest(k)).isEqualTo(sorted[VOCABULARY - k]);
  }

  /** Against a plain sum over sorted probabilities. */
  @ParameterizedTest
  @ValueSource(floats = {1e-6f, 0.1f, 0.5f, 0.9f, 0.95f, 0.999f, 0.999999f, 0.9999999f})
  void topPKeepsTheSmallestSetThatReachesIt(float topP) {
    Random random = new Random(3);
    for (int round = 0; round < 200; round++) {
      float[] values = new float[1 + random.nextInt(700)];
      double spread = Math.pow(10, 2 * random.nextDouble() - 1);
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (spread * random.nextGaussian());
      }
      Logits logits = scanned(values);
      int kept = logits.idsFrom(new Sampler(options(1, 0, topP, 0, 1), 0).cut(logits)).length;

      assertThat(kept)
          .isBetween(smallestSet(values, topP - 1e-6), smallestSet(values, topP + 1e-6));
    }
  }

  private static int smallestSet(float[] values, double topP) {
    double[] weights =
        IntStream.range(0, values.length).mapToDouble(i -> Math.exp(values[i])).sorted().toArray();
    double left = topP * Arrays.stream(weights).sum();
    int count = 0;
    while (count < weights.length && (count == 0 || left > 0)) {
      left -= weights[weights.length - ++count];
    }
    return count;
  }

  @Test
  void theExponentialIsExactEnough() {
    int count = 100_000;
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = 5 - 20f * i / count;
    }
    float[] out = new float[count];
    for (float temperature : new float[] {0.7f, 1, 2}) {
      Exponential.apply(values, out, 0, count, 5, temperature);
      for (int i = 0; i < count; i++) {
        double expected = Math.exp(((double) values[i] - 5) / temperature);
        assertThat(out[i]).isCloseTo((float) expected, within((float) (expected * 1e-5)));
      }
    }
  }

  static Logits scanned(float[] values) {
    Logits logits = new Logits(values.length);
    System.arraycopy(values, 0, logits.values(), 0, values.length);
    assertThat(logits.scan()).isTrue();
    return logits;
  }

  private static int[] draws(long seed, int index) {
    Logits logits = scanned(random(1));
    Sampler sampler = new Sampler(options(1, 0, 1, 0, seed), index);
    return IntStream.range(0, 50).map(_ -> sampler.choose(logits)).toArray();
  }

  private static float[] random(long seed) {
    Random random = new Random(seed);
    float[] values = new float[VOCABULARY];
    for (int i = 0; i < VOCABULARY; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static SamplingOptions options(
      float temperature, int topK, float topP, float minP, long seed) {
    return new SamplingOptions(temperature, topK, topP, minP, seed, Map.of());
  }
}
