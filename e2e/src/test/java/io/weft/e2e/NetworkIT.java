package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.e2e.OpenLoop.Answer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Three workers behind a network that delays, loses and cuts. Takes minutes, root and Linux: {@code
 * bench/network.sh} runs it; its figures are in docs/reliability.md.
 */
@Timeout(300)
@EnabledIfSystemProperty(named = "weft.network", matches = "true")
class NetworkIT {
  private static final String NAMESPACE = "weft-net";
  private static final List<String> HOSTS = List.of("10.77.0.2", "10.77.0.3", "10.77.0.4");

  /** One call to each of two backends, and what a gateway itself may take. */
  private static final Duration TOKENIZER = Duration.ofSeconds(5);

  private static final Duration ENCODER = Duration.ofSeconds(8);
  private static final Duration LONGEST = TOKENIZER.plus(ENCODER).plusSeconds(1);

  private Process network;
  private BufferedReader told;
  private Fleet fleet;

  @BeforeEach
  void start() throws Exception {
    List<String> command = new ArrayList<>(List.of("python3", "bench/netfault.py", NAMESPACE));
    command.add("10.77.0.1");
    command.addAll(HOSTS);
    network =
        new ProcessBuilder(command)
            .directory(WeftStack.ROOT.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    told =
        new BufferedReader(new InputStreamReader(network.getInputStream(), StandardCharsets.UTF_8));
    assertThat(told.readLine()).isEqualTo("ready");
    List<WorkerProcess> workers = new ArrayList<>();
    for (String host : HOSTS) {
      workers.add(
          WorkerProcess.start(
              workers.size() + 1, host + ":9500", List.of("ip", "netns", "exec", NAMESPACE)));
    }
    fleet =
        new Fleet(
            workers,
            Map.of(
                "WEFT_GATEWAY_TOKENIZER_TIMEOUT", TOKENIZER.toSeconds() + "s",
                "WEFT_GATEWAY_ENCODER_TIMEOUT", ENCODER.toSeconds() + "s"));
    new OpenLoop(fleet.gateway(), 4).run(50, Duration.ofSeconds(2));
  }

  @AfterEach
  void stop() throws Exception {
    fleet.close();
    network.getOutputStream().close();
    network.waitFor();
  }

  @Test
  void aDelayOf200MsFailsNothing() throws Exception {
    make("delay 200");
    check("200 ms of delay", Duration.ofSeconds(10));
  }

  @Test
  void aLossOf5PercentFailsNothing() throws Exception {
    make("loss 5");
    check("5 % of packets lost", Duration.ofSeconds(20));
  }

  @Test
  void aPartitionEndsCallsByTheirDeadlinesAndIsSoonOver() throws Exception {
    int tokens = 400;
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<TimedStream>> streams = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        List<Map<String, String>> chat = List.of(TimedStream.user("a story, number " + i));
        streams.add(clients.submit(() -> TimedStream.read(fleet.gateway(), chat, tokens)));
      }
      LockSupport.parkNanos(Duration.ofSeconds(2).toNanos());
      OpenLoop load = new OpenLoop(fleet.gateway(), 4);
      Thread embeddings =
          Thread.startVirtualThread(() -> load.run(20, Duration.ofSeconds(20 + 20)));
      make("cut");
      LockSupport.parkNanos(Duration.ofSeconds(20).toNanos());
      make("heal");
      long healed = System.nanoTime();
      embeddings.join();
      List<Answer> failed =
          load.answers().stream().filter(answer -> answer.status() != 200).toList();
      long last = failed.stream().mapToLong(answer -> answer.dueNs()).max().orElse(healed);
      int whole = 0;
      int toldOf = 0;
      for (Future<TimedStream> future : streams) {
        TimedStream stream = future.get();
        whole += stream.isWhole(tokens) ? 1 : 0;
        toldOf += stream.endedWithAnError() ? 1 : 0;
        assertThat(stream.text().strip().split(" ", -1).length)
            .as("no token twice")
            .isLessThanOrEqualTo(tokens);
      }
      System.out.printf(
          "20 s of partition: %s; %d failed, the last of them asked for %d ms after the end;"
              + " %d streams whole, %d told of an error%n",
          OpenLoop.latencies(load.answers()),
          failed.size(),
          Math.max(0, (last - healed) / 1_000_000),
          whole,
          toldOf);
      assertThat(load.answers())
          .allSatisfy(answer -> assertThat(answer.latency()).isLessThan(LONGEST));
      assertThat(Duration.ofNanos(last - healed)).isLessThan(Duration.ofSeconds(10));
      assertThat(whole + toldOf).isEqualTo(streams.size());
    }
  }

  private void check(String what, Duration time) {
    OpenLoop load = new OpenLoop(fleet.gateway(), 4);
    load.run(20, time);
    System.out.printf("%s: %s%n", what, OpenLoop.latencies(load.answers()));
    assertThat(load.answers()).allMatch(answer -> answer.status() == 200);
    assertThat(load.answers())
        .allSatisfy(answer -> assertThat(answer.latency()).isLessThan(LONGEST));
  }

  /** Tells the network how to be, and waits until it is. */
  private void make(String how) throws IOException {
    network.getOutputStream().write((how + "\n").getBytes(StandardCharsets.UTF_8));
    network.getOutputStream().flush();
    assertThat(told.readLine()).isEqualTo(how);
  }
}
