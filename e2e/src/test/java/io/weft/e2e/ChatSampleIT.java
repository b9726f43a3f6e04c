package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The Java client that the README shows. */
@ExtendWith(SharedStack.class)
class ChatSampleIT {
  @Test
  void answers(WeftStack stack) {
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      ChatSample.main(
          new String[] {"127.0.0.1:" + stack.port(9000), "What is the capital of France?"});
    } finally {
      System.setOut(before);
    }
    assertThat(printed.toString(StandardCharsets.UTF_8)).contains("Paris");
  }

  @Test
  void isWhatTheReadmeShows() throws IOException {
    String source =
        Files.readString(WeftStack.ROOT.resolve("e2e/src/test/java/io/weft/e2e/ChatSample.java"));
    String last = "channel.shutdownNow();";
    String shown =
        source.substring(
            source.indexOf("    ManagedChannel channel"), source.indexOf(last) + last.length());

    assertThat(Files.readString(WeftStack.ROOT.resolve("README.md"))).contains(shown.stripIndent());
  }
}
