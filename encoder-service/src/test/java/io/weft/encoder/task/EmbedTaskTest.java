package io.weft.encoder.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.encoder.model.SequenceStates;
import io.weft.encoder.model.States;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EmbedTaskTest {
  private static final SequenceStates STATES =
      States.of(new float[] {1, 8, 0}, new float[] {2, -4, 0}, new float[] {6, -1, 3});

  @ParameterizedTest
  @CsvSource({
    "cls, 1, 8, 0",
    "mean, 3, 1, 1",
    "max, 6, 8, 3",
    "last_token, 6, -1, 3",
    // (1·1 + 2·2 + 3·6) / 6, (1·8 - 2·4 - 3·1) / 6, 3·3 / 6
    "weighted_mean, 3.8333333, -0.5, 1.5"
  })
  void pools(String mode, float x, float y, float z) {
    assertThat(embed(new EmbedOptions(PoolingMode.ofManifest(mode), false, 3)))
        .containsExactly(x, y, z);
  }

  @Test
  void cutsAndThenNormalises() {
    assertThat(embed(new EmbedOptions(PoolingMode.LAST_TOKEN, true, 2)))
        .containsExactly((float) (6 / Math.sqrt(37)), (float) (-1 / Math.sqrt(37)));
    assertThat(embed(new EmbedOptions(PoolingMode.LAST_TOKEN, false, 2))).containsExactly(6, -1);
  }

  @Test
  void aZeroVectorStaysZero() {
    EmbedTask task = new EmbedTask(new EmbedOptions(PoolingMode.MEAN, true, 2));
    assertThat(task.apply(States.of(new float[] {0, 0}))).containsExactly(0, 0);
  }

  @Test
  void refusesAPoolingModeThatItDoesNotKnow() {
    assertThatThrownBy(() -> PoolingMode.ofManifest("attention"))
        .hasMessage("unknown pooling mode attention");
  }

  private static float[] embed(EmbedOptions options) {
    return new EmbedTask(options).apply(STATES);
  }
}
