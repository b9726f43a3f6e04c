package io.weft.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.gateway.backend.Backend;
import io.weft.gateway.backend.Backends;
import io.weft.gateway.backend.EncoderTraits;
import io.weft.gateway.backend.ModelDescription;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BackendsReadinessTest {
  private static final ModelDescription MODEL =
      new ModelDescription(
          "m", "", List.of(), "", 0, "", 0, List.of(), "", new EncoderTraits(0, 0, 0, false, null));
  private static final Backends.State UNKNOWN = Backends.State.NOT_ASKED;
  private static final Backends.State DOWN =
      new Backends.State(false, List.of(), "not reachable", 0, 1);
  private static final Backends.State EMPTY = new Backends.State(true, List.of(), "", 1, 1);
  private static final Backends.State UP = new Backends.State(true, List.of(MODEL), "", 1, 1);

  @Test
  void readyWithATokenizerAndOneWorker() {
    assertThat(canServe(UP, UP, UP)).isTrue();
    assertThat(canServe(UP, DOWN, UP)).isTrue();
    assertThat(canServe(UP, UP, EMPTY)).isTrue();
    assertThat(canServe(DOWN, UP, UP)).isFalse();
    assertThat(canServe(UP, EMPTY, DOWN)).isFalse();
  }

  @Test
  void notReadyBeforeEachWasAsked() {
    assertThat(canServe(UNKNOWN, UP, UP)).isFalse();
    assertThat(canServe(UP, UNKNOWN, UP)).isFalse();
    assertThat(canServe(UP, UP, UNKNOWN)).isFalse();
  }

  private static boolean canServe(
      Backends.State tokenizer, Backends.State encoder, Backends.State generator) {
    return BackendsReadiness.canServe(
        Map.of(
                Backend.TOKENIZER, tokenizer,
                Backend.ENCODER, encoder,
                Backend.GENERATOR, generator)
            ::get);
  }
}
