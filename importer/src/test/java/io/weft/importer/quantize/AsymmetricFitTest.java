package io.weft.importer.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AsymmetricFitTest {
  private static final int BITS = 4;
  private static final int LEVELS = (1 << BITS) - 1;

  /** Against the best of all zero points with the steps of 2,000 scales each. */
  @ParameterizedTest
  @ValueSource(doubles = {0, 0.7, 2, 5})
  void isNextToTheBestThereIs(double centre) {
    Random random = new Random(9);
    double found = 0;
    double best = 0;
    for (int round = 0; round < 60; round++) {
      float[] block = new float[16];
      float[] weights = new float[16];
      for (int i = 0; i < block.length; i++) {
        block[i] = (float) (random.nextGaussian() + centre);
        weights[i] = random.nextFloat() + 0.5f;
      }
      double error = error(block, weights);
      double least = bruteForce(block, weights);
      assertThat(error).isGreaterThan(least * 0.999);
      found += error;
      best += least;
    }
    assertThat(found).isLessThan(1.05 * best);
  }

  @Test
  void whatFitsExactlyIsFound() {
    float[] block = new float[16];
    for (int i = 0; i < block.length; i++) {
      block[i] = (i - 3) * 0.25f;
    }
    float[] steps = new float[16];
    AsymmetricFit.Fit fit = new AsymmetricFit(BITS).fit(block, ones(), steps);

    assertThat(fit.zero()).isEqualTo(3);
    for (int i = 0; i < block.length; i++) {
      assertThat(fit.scale() * steps[i])
          .isCloseTo(block[i], org.assertj.core.data.Offset.offset(1e-6f));
    }
  }

  @Test
  void stepsStayInRange() {
    Random random = new Random(4);
    for (int round = 0; round < 500; round++) {
      float[] block = new float[16];
      for (int i = 0; i < block.length; i++) {
        block[i] = (float) (random.nextGaussian() * Math.exp(3 * random.nextGaussian()));
      }
      float[] steps = new float[16];
      AsymmetricFit.Fit fit = new AsymmetricFit(BITS).fit(block, ones(), steps);
      assertThat(fit.zero()).isBetween(0, LEVELS);
      for (float step : steps) {
        assertThat((int) step + fit.zero()).isBetween(0, LEVELS);
      }
    }
  }

  private static float[] ones() {
    float[] ones = new float[16];
    Arrays.fill(ones, 1);
    return ones;
  }

  private static double error(float[] block, float[] weights) {
    float[] steps = new float[block.length];
    AsymmetricFit.Fit fit = new AsymmetricFit(BITS).fit(block, weights, steps);
    double error = 0;
    for (int i = 0; i < block.length; i++) {
      double difference = block[i] - (double) fit.scale() * steps[i];
      error += weights[i] * difference * difference;
    }
    return error;
  }

  private static double bruteForce(float[] block, float[] weights) {
    double largest = 0;
    for (float value : block) {
      largest = Math.max(largest, Math.abs(value));
    }
    double best = Double.MAX_VALUE;
    for (int zero = 0; zero <= LEVELS; zero++) {
      for (int s = 1; s <= 2_000; s++) {
        double scale = largest * s / 2_000;
        double values = 0;
        double products = 0;
        double squares = 0;
        for (int i = 0; i < block.length; i++) {
          double step = Math.clamp(Math.rint(block[i] / scale), -zero, LEVELS - zero);
          values += (double) weights[i] * block[i] * block[i];
          products += weights[i] * block[i] * step;
          squares += weights[i] * step * step;
        }
        // The error at the scale that is best for these steps.
        best = Math.min(best, squares == 0 ? values : values - products * products / squares);
      }
    }
    return best;
  }
}
