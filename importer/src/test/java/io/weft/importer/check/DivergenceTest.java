package io.weft.importer.check;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class DivergenceTest {
  private static final Offset<Double> CLOSE = Offset.offset(1e-6);

  @Test
  void sumsUpWhatTheDefinitionsSay() {
    Divergence divergence = new Divergence();
    // Probabilities 1/2, 1/4, 1/4 against 1/4, 1/2, 1/4; token 2 follows.
    float two = (float) Math.log(2);
    divergence.add(new float[] {9, two, 0, 0}, new float[] {9, 5, 5 + two, 5}, 1, 3, 2);

    assertThat(divergence.positions()).isEqualTo(1);
    assertThat(divergence.topAgreement()).isZero();
    assertThat(divergence.mean()).isCloseTo(Math.log(2) / 4, CLOSE);
    assertThat(divergence.perplexity()).isCloseTo(4, CLOSE);
    assertThat(divergence.perplexityOfReference()).isCloseTo(4, CLOSE);

    divergence.add(new float[] {0, two, 0}, new float[] {1, 1 + two, 1}, 0, 3, 1);
    assertThat(divergence.topAgreement()).isEqualTo(0.5);
    assertThat(divergence.mean()).isCloseTo(Math.log(2) / 8, CLOSE);
    assertThat(divergence.perplexity()).isCloseTo(Math.sqrt(8), CLOSE);
  }
}
