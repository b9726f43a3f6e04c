package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the launcher says and does. */
@ExtendWith(SharedStack.class)
class LauncherIT {
  private final WeftStack scratch = new WeftStack(WeftStack.SCRATCH);

  @Test
  void chatPrintsTheAnswer(WeftStack stack) {
    WeftStack.Result answer = stack.weft("chat", "What is the capital of France?");

    assertThat(answer.exit()).as(answer.output()).isZero();
    assertThat(answer.output()).contains("Paris").endsWith("\n").doesNotContain("data:", "\\n");
  }

  @Test
  void chatTakesAnyText(WeftStack stack) {
    WeftStack.Result answer =
        stack.weft("chat", "--max-tokens", "4", "Say \"hi\" \\ to\tA & B\nin 你好 🙂 $HOME `x`");

    assertThat(answer.exit()).as(answer.output()).isZero();
    assertThat(answer.output()).isNotBlank();
  }

  @Test
  void chatSaysWhatWasWrong(WeftStack stack) {
    WeftStack.Result answer = stack.weft("chat", "--model", "no-such-model", "Hello");

    assertThat(answer.exit()).isOne();
    assertThat(answer.output()).startsWith("Weft answered: ").contains("no-such-model");
  }

  @Test
  void upAgainSaysThatItIsUp(WeftStack stack) {
    WeftStack.Result again = stack.weft("up");

    assertThat(again.exit()).as(again.output()).isZero();
    assertThat(again.output())
        .contains("already up", "http://127.0.0.1:" + stack.port(8080) + "/v1", "chat");
  }

  @Test
  void statusShowsServicesModelsAndBatches(WeftStack stack) {
    stack.weft("chat", "--max-tokens", "3", "Hello");
    WeftStack.Result status = stack.weft("status");

    assertThat(status.exit()).as(status.output()).isZero();
    assertThat(status.output())
        .containsPattern("(?m)^tokenizer +ready ")
        .containsPattern("(?m)^encoder +ready ")
        .containsPattern("(?m)^generator +ready ")
        .containsPattern("(?m)^gateway +ready ")
        .containsPattern("(?m)^total +\\d+ MiB$")
        .contains("Models served: " + Api.EMBEDDING_MODEL + ", " + Api.CHAT_MODEL)
        .containsPattern(Api.CHAT_MODEL + ": \\d+ running, \\d+ waiting")
        .containsPattern("\\(size: steps\\)  1: \\d+");
  }

  @Test
  void keysAreMadeAndShownOnce(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("keys");
    scratch.with("WEFT_KEYS_FILE", file.toString());

    WeftStack.Result made = scratch.weft("key", "alice");
    assertThat(made.exit()).as(made.output()).isZero();
    String key =
        made.output().lines().filter(line -> line.startsWith("  weft-")).findFirst().orElseThrow();
    assertThat(Files.readString(file))
        .isEqualTo("alice sha256:%s%n".formatted(sha256(key.strip())));

    WeftStack.Result again = scratch.weft("key", "alice");
    assertThat(again.exit()).isOne();
    assertThat(again.output()).contains("already has a key of alice");
    assertThat(scratch.weft("key", "a/b").exit()).isOne();
    assertThat(scratch.weft("key", "bob").exit()).isZero();
    assertThat(Files.readAllLines(file)).hasSize(2);
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void theFolderOfModelsMayBeGivenAndWrongUsageIsToldInOneLine(@TempDir Path folder) {
    String here = "--models-dir=" + folder;
    WeftStack.Result missing = scratch.weft("import", folder.resolve("x").toString(), here);
    assertThat(missing.exit()).isOne();
    assertThat(missing.output()).contains("is neither a file nor a folder");

    WeftStack.Result wrong = scratch.weft("import", "x", here, "--no-such-option");
    assertThat(wrong.exit()).isEqualTo(2);
    assertThat(wrong.output())
        .contains("error: Unknown option: '--no-such-option'")
        .contains("All options: --help")
        .doesNotContain("Usage:");
  }

  @ParameterizedTest
  @ValueSource(strings = {"up", "status", "chat"})
  void helpIsGivenAndNothingIsDone(String command) {
    WeftStack.Result help = scratch.weft(command, "--help");

    assertThat(help.exit()).isZero();
    assertThat(help.output()).startsWith("Weft serves").contains("Usage:", command);
    assertThat(scratch.weft("status").output()).doesNotContain("ready");
  }

  @Test
  void aTakenPortIsNamedAndNothingIsStarted() throws IOException {
    int port = scratch.port(9002);
    WeftStack.Result up;
    try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      up = scratch.weft("up");
    }

    assertThat(up.exit()).isOne();
    assertThat(up.output())
        .contains("Nothing was started", "port " + port + " (encoder, gRPC)", "WEFT_PORT_OFFSET=")
        .contains("process " + ProcessHandle.current().pid());
    assertThat(scratch.weft("status").output()).doesNotContain("ready");
  }

  @Test
  void aServiceThatFailsToStartShowsItsLastLogLines(@TempDir Path models) throws IOException {
    Path broken = Files.createDirectory(models.resolve("broken"));
    Files.copy(
        WeftStack.ROOT.resolve("models/" + Api.EMBEDDING_MODEL + "/model.json"),
        broken.resolve("model.json"));
    scratch.with("WEFT_MODELS_DIR", models.toString());

    WeftStack.Result up = scratch.weft("up", "encoder");

    assertThat(up.exit()).isOne();
    assertThat(up.output())
        .contains("encoder      ended while starting", "The last lines of")
        .containsPattern("  \\| .*broken.* is missing");
    assertThat(scratch.weft("status").output()).containsPattern("(?m)^encoder +stopped$");
  }

  /**
   * Only the gateway asks for keys. A server that listens everywhere hears at all of 127.0.0.0/8.
   */
  @Test
  void whatIsBehindTheGatewayStaysOnLoopback() throws IOException {
    scratch.with("WEFT_HOST", "0.0.0.0").with("WEFT_ALLOW_ANONYMOUS", "true");
    try {
      scratch.up("tokenizer");

      for (int port : new int[] {scratch.port(9001), scratch.port(9081)}) {
        new Socket("127.0.0.1", port).close();
        assertThatThrownBy(() -> new Socket("127.0.0.2", port).close())
            .as("port %d", port)
            .isInstanceOf(ConnectException.class);
      }
    } finally {
      scratch.weft("down");
    }
  }

  @Test
  void servicesThatDiedAreSeenAndStartedAgain() throws IOException {
    scratch.up("tokenizer");
    ProcessHandle killed = ProcessHandle.of(scratch.pid("tokenizer")).orElseThrow();
    killed.destroyForcibly();
    killed.onExit().join();
    assertThat(scratch.weft("status").output()).containsPattern("(?m)^tokenizer +stopped$");

    // The process id belongs to somebody else by now.
    Files.writeString(
        scratch.runFolder().resolve("tokenizer.pid"), ProcessHandle.current().pid() + " 0\n");
    assertThat(scratch.weft("up", "tokenizer").output()).contains("tokenizer    ready after");
    assertThat(scratch.pid("tokenizer")).isNotEqualTo(ProcessHandle.current().pid());

    WeftStack.Result down = scratch.weft("down");
    assertThat(down.exit()).isZero();
    assertThat(down.output()).isEqualTo("  tokenizer    stopped\n");
    new ServerSocket(scratch.port(9001), 1, InetAddress.getLoopbackAddress()).close();
    assertThat(scratch.weft("down").output()).isEqualTo("Nothing to stop.\n");
  }

  @Test
  void canBeCalledByALink(@TempDir Path folder) throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("weft"), WeftStack.ROOT.resolve("weft"));

    WeftStack.Result status = scratch.run(List.of(link.toString(), "status"));

    assertThat(status.output()).startsWith("SERVICE").contains("tokenizer   stopped");
  }

  @Test
  void mistakesAreNamed() {
    assertThat(scratch.weft("launch"))
        .returns(1, WeftStack.Result::exit)
        .extracting(WeftStack.Result::output)
        .asString()
        .contains("no command 'launch'");
    assertThat(scratch.weft("up", "gatway").output()).contains("no service 'gatway'");
    assertThat(scratch.weft("chat", "Hello").output()).contains("does not answer", "weft up");
    assertThat(new WeftStack(0).with("WEFT_PORT_OFFSET", "-1").weft("status").output())
        .contains("WEFT_PORT_OFFSET is '-1'", "0 to 56000");
  }

  @Test
  void shellcheckFindsNothing() {
    WeftStack.Result check =
        scratch.run(
            List.of(
                WeftStack.ROOT.resolve(".cache/venv/bin/shellcheck").toString(),
                "--external-sources",
                "--check-sourced",
                "--source-path=SCRIPTDIR",
                "weft",
                ".ci/run"));
    assertThat(check.exit()).as(check.output()).isZero();
  }
}
