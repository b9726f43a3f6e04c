package io.weft.encoder.task;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class VectorFormatTest {
  @Test
  void int8TakesTheNearestStep() {
    assertThat(VectorFormat.toInt8(new float[] {1, -1, 0, 0.5f, -0.004f, 0.003f, 1.000_001f}))
        .containsExactly(127, -127, 0, 64, -1, 0, 127);
  }

  @Test
  void bitsStandMostSignificantFirst() {
    assertThat(VectorFormat.toBits(new float[] {1, -1, 0, 0.1f, 0, 0, 0, 2, -3, 4}))
        .containsExactly(0b1001_0001, 0b0100_0000);
  }

  @Test
  void sizesAreThoseOfTheBytes() {
    assertThat(VectorFormat.FLOAT.size(10)).isEqualTo(40);
    assertThat(VectorFormat.INT8.size(10)).isEqualTo(10);
    assertThat(VectorFormat.BINARY.size(10)).isEqualTo(2);
  }
}
