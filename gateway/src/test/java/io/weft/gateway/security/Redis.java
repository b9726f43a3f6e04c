package io.weft.gateway.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A Redis server of a test's own: the process of Debian's package, which keeps nothing. */
final class Redis implements AutoCloseable {
  private final int port;
  private ProcessHandle process;

  private Redis(int port, ProcessHandle process) {
    this.port = port;
    this.process = process;
  }

  static Redis start() throws IOException, InterruptedException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    return new Redis(port, process(port));
  }

  /** The one whose {@link #handle} was given; class loaders do not share objects. */
  static Redis of(String handle) {
    String[] parts = handle.split(":", 2);
    return new Redis(
        Integer.parseInt(parts[0]), ProcessHandle.of(Long.parseLong(parts[1])).orElseThrow());
  }

  String handle() {
    return port + ":" + process.pid();
  }

  private static ProcessHandle process(int port) throws IOException, InterruptedException {
    Path log = Files.createDirectories(Path.of("target")).resolve("redis-" + port + ".log");
    Process process;
    try {
      process =
          new ProcessBuilder(
                  "redis-server",
                  "--port",
                  Integer.toString(port),
                  "--bind",
                  "127.0.0.1",
                  "--save",
                  "",
                  "--appendonly",
                  "no")
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
    } catch (IOException e) {
      throw new IOException("install Redis: apt-get install redis-server", e);
    }
    // Quarkus asks a profile for its settings more than once; nobody closes the first one.
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (true) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
        return process.toHandle();
      } catch (IOException notYet) {
        assertThat(process.isAlive()).as("redis-server, see " + log).isTrue();
        assertThat(System.nanoTime()).isLessThan(end);
        Thread.sleep(20);
      }
    }
  }

  String url() {
    return "redis://127.0.0.1:" + port;
  }

  /** Stops it without a word, as a crash does. */
  void kill() {
    process.destroyForcibly();
    process.onExit().join();
  }

  /** Has it answer nothing any more, while it keeps its connections. */
  void freeze() throws IOException, InterruptedException {
    signal("STOP");
  }

  /** Undoes {@link #freeze}. */
  void thaw() throws IOException, InterruptedException {
    signal("CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    int exit =
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
    assertThat(exit).isZero();
  }

  /** Starts it again, at the same address and empty. */
  void restart() throws IOException, InterruptedException {
    process = process(port);
  }

  @Override
  public void close() {
    kill();
  }
}
