package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The launcher's functions by themselves, without services. */
class LauncherFunctionsIT {
  /** Without an offset: the API, HTTPS, gRPC, and health and metrics. */
  private static final List<Integer> PORTS =
      List.of(8080, 8443, 9000, 9001, 9002, 9003, 9080, 9081, 9082, 9083);

  private final WeftStack scratch = new WeftStack(WeftStack.SCRATCH);

  /** Services that run are known by it. */
  @Test
  void theRunFolderIsOneHoweverItIsWritten(@TempDir Path folder) throws IOException {
    Path real = folder.toRealPath();
    Path run = Files.createDirectory(real.resolve("run 1"));
    Path link = Files.createSymbolicLink(real.resolve("link"), run);

    for (String written :
        List.of(run + "", run + "/", run + "//", real + "/./run 1/.", link + "", link + "/")) {
      assertThat(runFolder(written)).as(written).isEqualTo(run.toString());
    }
    assertThat(runFolder(link + "/new/deep//")).isEqualTo(run + "/new/deep");
    assertThat(runFolder("no-such-folder/")).isEqualTo(WeftStack.ROOT + "/no-such-folder");
  }

  private String runFolder(String written) {
    return scratch
        .with("WEFT_RUN_DIR", written)
        .run(bash("settle; echo \"$run\""))
        .output()
        .strip();
  }

  /** Two copies run side by side: no port of one is a port of the other. */
  @Test
  void theOffsetThatIsProposedSharesNoPort() throws IOException {
    int port = scratch.port(9002);
    WeftStack.Result refused;
    try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      refused = scratch.run(bash("settle; need_ports encoder"));
    }

    assertThat(refused.exit()).isOne();
    Matcher proposed = Pattern.compile("WEFT_PORT_OFFSET=(\\d+) ").matcher(refused.output());
    assertThat(proposed.find()).as(refused.output()).isTrue();
    int other = Integer.parseInt(proposed.group(1));
    assertThat(other).isBetween(0, 56_000);
    assertThat(PORTS.stream().map(base -> base + other))
        .doesNotContainAnyElementsOf(PORTS.stream().map(scratch::port).toList());
  }

  /** The list of models that up ends with, and the first request after it, count on that. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a, b.c | up: a, b.c | true",
        "a, b.c | up: b.c, a, d (1 of 2 replicas) | true",
        "a, b.c | up: a | false",
        "a, b.c | up: b.c, ab, a.b | false",
        "a, b.c | up, no models | false",
        "a, b.c | down: away | false",
        "''     | up, no models | true",
        "''     | down: away | false",
      })
  void theGatewayKnowsAServiceOnceItHasAllItsModels(String models, String gateway, boolean known) {
    String answers =
        """
        management_of() { echo "$1"; }
        fetch() {
          case $1 in
            gateway/*) echo '"generator": "%s"' ;;
            *) printf '%%s\\n' '"name": "models",' '"models": "%s"' ;;
          esac
        }
        is_known generator
        """
            .formatted(gateway, models);

    assertThat(scratch.run(bash(answers)).exit()).isEqualTo(known ? 0 : 1);
  }

  /** They name what this copy was started with, so that they find it from any shell. */
  @Test
  void commandsToCopyReachThisCopy(@TempDir Path folder) throws IOException {
    String real = folder.toRealPath().toString();
    WeftStack copy =
        new WeftStack(WeftStack.SCRATCH)
            .with("WEFT_RUN_DIR", real + "/a run/")
            .with("WEFT_MODELS_DIR", real + "/models");

    assertThat(copy.run(bash("settle; weft_here")).output().strip())
        .isEqualTo(
            "WEFT_PORT_OFFSET=%d WEFT_MODELS_DIR=%s/models WEFT_RUN_DIR=%s/a\\ run ./weft",
            WeftStack.SCRATCH, real, real);
  }

  private static List<String> bash(String script) {
    String functions = "set -euo pipefail; root=$PWD weft=./weft; ";
    for (String file : List.of("settings", "services", "commands")) {
      functions += ". launcher/" + file + ".sh; ";
    }
    return List.of("bash", "-c", functions + script);
  }
}
