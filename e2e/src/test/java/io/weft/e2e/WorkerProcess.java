package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@link FakeWorker} as a process that can be killed and started again at the same address. */
final class WorkerProcess implements AutoCloseable {
  private final int number;
  private final String address;
  private final List<String> prefix;
  private Process process;

  private WorkerProcess(int number, String address, List<String> prefix) {
    this.number = number;
    this.address = address;
    this.prefix = prefix;
    this.process = launch();
  }

  /** Starts one on loopback, at a port that is free, and waits until it listens. */
  static WorkerProcess start(int number) {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = socket.getLocalPort();
      socket.close();
      return start(number, "127.0.0.1:" + port, List.of());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Starts one and waits until it listens.
   *
   * @param prefix what comes before the command, to run it elsewhere
   */
  static WorkerProcess start(int number, String address, List<String> prefix) throws IOException {
    WorkerProcess worker = new WorkerProcess(number, address, prefix);
    worker.await();
    return worker;
  }

  private Process launch() {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx96m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            FakeWorker.class.getName(),
            address,
            String.valueOf(number),
            String.valueOf(Fleet.ENCODE_MS),
            String.valueOf(Fleet.TOKEN_MS)));
    try {
      return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void await() throws IOException {
    BufferedReader output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    assertThat(output.readLine()).as("worker %d", number).isEqualTo("ready");
  }

  int number() {
    return number;
  }

  String address() {
    return address;
  }

  /** Kills it as {@code kill -9} does, and waits until it is gone. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
  }

  /** Starts it again where it was. */
  void restart() throws IOException {
    process = launch();
    await();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
