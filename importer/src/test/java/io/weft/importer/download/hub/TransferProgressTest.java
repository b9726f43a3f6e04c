package io.weft.importer.download.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class TransferProgressTest {
  private static final long SECOND = 1_000_000_000L;
  private final StringWriter output = new StringWriter();
  private long nowNs;

  @Test
  void aTerminalHasOneLineThatIsWrittenAnew() {
    TransferProgress progress = progress(new Screen(true, 80));
    progress.begin(2, 10_000_000, 0);
    nowNs += SECOND / 10;
    progress.moved(100_000);
    nowNs += SECOND;
    progress.moved(2_100_000);
    progress.end();

    assertThat(output.toString().split("\n"))
        .containsExactly(
            "\r\u001b[KFetching 2 files, 10.0 MB",
            "\r\u001b[K 22% [#######                         ]  2.2 MB of 10.0 MB  2.0 MB/s"
                + "  0:04 left\r\u001b[KFetched 2 files, 2.2 MB in 1.1 s");
  }

  @Test
  void aLogHasALineEveryTenSeconds() {
    TransferProgress progress = progress(Screen.NONE);
    progress.begin(1, 2_000_000_000, 1_000_000_000);
    for (int i = 0; i < 25; i++) {
      nowNs += SECOND;
      progress.moved(2_000_000);
    }
    progress.note("a: something happened");
    progress.clear();

    assertThat(output.toString().lines().toList())
        .containsExactly(
            "Fetching 1 file, 2.0 GB (1.0 GB are there)",
            "51 %: 1.0 GB of 2.0 GB, 2.0 MB/s, 8:10 left",
            "52 %: 1.0 GB of 2.0 GB, 2.0 MB/s, 8:00 left",
            "a: something happened");
  }

  @Test
  void bytesThatAreFetchedAgainMakeNoNegativeRate() {
    TransferProgress progress = progress(Screen.NONE);
    progress.begin(1, 1_000, 500);
    nowNs += 10 * SECOND;
    progress.moved(-500);
    assertThat(output.toString()).endsWith("0 %: 0 B of 1.0 kB, 0 B/s, ? left\n");
  }

  @Test
  void everyWidthIsKept() {
    for (int width = 0; width < 200; width++) {
      assertThat(ProgressText.bar(123_456_789, 9_999_999_999L, 1e6, width))
          .hasSizeLessThanOrEqualTo(width);
    }
    assertThat(ProgressText.bar(1, 4, 0.25, 60))
        .isEqualTo(" 25% [######                    ]  1 B of 4 B  0 B/s  ? left");
    assertThat(ProgressText.bar(1, 4, 1, 25)).isEqualTo(" 25%  1 B of 4 B  1 B/s  ");
  }

  @Test
  void sizesAndTimes() {
    assertThat(ProgressText.size(999)).isEqualTo("999 B");
    assertThat(ProgressText.size(1_000)).isEqualTo("1.0 kB");
    assertThat(ProgressText.size(999_999)).isEqualTo("1.0 MB");
    assertThat(ProgressText.size(Long.MAX_VALUE)).isEqualTo("9.2 EB");
    assertThat(ProgressText.plain(0, 36_000, 1)).endsWith("10:00:00 left");
    assertThat(ProgressText.plain(0, 0, 1)).startsWith("100 %");
  }

  private TransferProgress progress(Screen screen) {
    return new TransferProgress(new PrintWriter(output), screen, () -> nowNs);
  }
}
