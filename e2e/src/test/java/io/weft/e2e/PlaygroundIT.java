package io.weft.e2e;

import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The playground page in a real browser, with the default models. */
@ExtendWith(SharedStack.class)
class PlaygroundIT {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "chat",
        "stop",
        "untrusted",
        "tokens",
        "attention",
        "embeddings",
        "keyboard",
        "chinese",
        "failures",
        "looks"
      })
  void passes(String check, WeftStack stack) {
    Browser.check(stack, check);
  }
}
