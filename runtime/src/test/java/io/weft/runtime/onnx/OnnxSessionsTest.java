package io.weft.runtime.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class OnnxSessionsTest {
  @Test
  void thereIsOneEnvironmentAndThisVersionOfTheBindingIsKnown() {
    assertThat(OnnxSessions.environment()).isSameAs(OnnxSessions.environment());
  }

  @Test
  void namesTheGraphThatCannotBeOpened() {
    assertThatThrownBy(() -> OnnxSessions.open(Path.of("nowhere.onnx"), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("cannot open nowhere.onnx: ");
  }
}
