package io.weft.gateway.error;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.runtime.error.WeftException;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class WithoutTextTest {
  @Test
  void keepsClassesAndFramesButNoMessages() {
    Throwable failure =
        new IllegalStateException(
            "secret one",
            new WeftException.Internal("known words", new NumberFormatException("secret two")));
    StringWriter text = new StringWriter();

    WithoutText.of(failure).printStackTrace(new PrintWriter(text, true));

    assertThat(text.toString())
        .contains(
            "java.lang.IllegalStateException",
            "known words",
            "java.lang.NumberFormatException",
            "WithoutTextTest.keepsClassesAndFramesButNoMessages")
        .doesNotContain("secret");
  }

  @Test
  void endsWithACauseThatIsItsOwn() {
    IllegalStateException one = new IllegalStateException();
    one.initCause(new IllegalArgumentException(one));

    int causes = 0;
    for (Throwable t = WithoutText.of(one).getCause(); t != null; t = t.getCause()) {
      causes++;
    }
    assertThat(causes).isEqualTo(8);
  }
}
