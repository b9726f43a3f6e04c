package io.weft.runtime.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MainTest {
  private final @Nullable String before = System.clearProperty(Main.CARRIERS);

  @AfterEach
  void restore() {
    System.clearProperty(Main.CARRIERS);
    if (before != null) {
      System.setProperty(Main.CARRIERS, before);
    }
  }

  @ParameterizedTest
  @CsvSource({"1,,16", "16,,16", "64,,64", "1,2,2"})
  void givesVirtualThreadsMoreCarriersThanASmallMachineHasProcessors(
      int processors, @Nullable String asked, String carriers) {
    if (asked != null) {
      System.setProperty(Main.CARRIERS, asked);
    }
    Main.setCarriers(processors);
    assertThat(System.getProperty(Main.CARRIERS)).isEqualTo(carriers);
  }

  /** With as few carriers as a processor has by itself they hang. */
  @Test
  void virtualThreadsThatWaitForAClassLeaveCarriersToOthers() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:ActiveProcessorCount=1",
                "-cp",
                System.getProperty("java.class.path"),
                ClassInitialization.class.getName())
            .inheritIO()
            .start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
    } finally {
      process.destroyForcibly();
    }
  }
}
