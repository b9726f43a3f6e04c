package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.e2e.OpenLoop.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * One gateway before three workers of fixed cost. {@code bench/fleet.sh} runs the same for longer,
 * and those which measure throughput: that needs a machine with nothing else to do. What must hold
 * is in docs/reliability.md.
 */
@Timeout(900)
class FleetIT {
  /** Enough to keep three workers busy, and no more than the queue of one takes. */
  private static final int CALLERS = 12;

  /** How long each load lasts; a build takes the shortest that shows something. */
  private static final Duration TIME =
      Duration.ofSeconds(Integer.getInteger("weft.fleet.seconds", 3));

  /**
   * Requests a second of the constant loads. A build's machine is busy and its processes are cold:
   * there 200 would fill its processors, and the split would tell how it shares those.
   */
  private static final int RATE = Integer.getInteger("weft.fleet.seconds") == null ? 80 : 200;

  /** A text of 4 ms and one of 100 ms. */
  private static final int SHORT = 4;

  private static final int LONG = 100;

  private static Fleet fleet;

  @BeforeAll
  static void start() {
    fleet = new Fleet(3);
    // The first requests of a process are slow: not what is looked at here.
    new OpenLoop(fleet.gateway(), SHORT).run(RATE, TIME);
  }

  @AfterAll
  static void stop() {
    fleet.close();
  }

  @BeforeEach
  void awaitAll() {
    fleet.awaitServing(3);
  }

  @Test
  void encodersShareTheLoadAndOneThatIsKilledFailsNothing() throws Exception {
    OpenLoop before = new OpenLoop(fleet.gateway(), SHORT);
    before.run(RATE, TIME);
    Map<Integer, Long> split =
        before.answers().stream()
            .collect(Collectors.groupingBy(Answer::worker, Collectors.counting()));
    System.out.printf("%d requests/s over 3 encoders: %s%n", RATE, split);
    assertThat(split).hasSize(3);
    assertThat(split.values())
        .allSatisfy(
            share ->
                assertThat(100.0 * share / before.answers().size())
                    .as("percent")
                    .isBetween(28.0, 38.0));

    OpenLoop during = new OpenLoop(fleet.gateway(), SHORT);
    Thread clients = Thread.startVirtualThread(() -> during.run(RATE, TIME));
    LockSupport.parkNanos(Duration.ofMillis(700).toNanos());
    fleet.worker(0).kill();
    clients.join();
    System.out.printf("one killed meanwhile: %s%n", OpenLoop.latencies(during.answers()));
    assertThat(during.answers()).filteredOn(answer -> answer.status() != 200).isEmpty();

    fleet.worker(0).restart();
    long restarted = System.nanoTime();
    OpenLoop after = new OpenLoop(fleet.gateway(), SHORT);
    while (after.send(System.nanoTime()).worker() != fleet.worker(0).number()) {
      assertThat(System.nanoTime() - restarted).isLessThan(Duration.ofSeconds(10).toNanos());
    }
    System.out.printf(
        "in use %,d ms after it listened again%n", (System.nanoTime() - restarted) / 1_000_000);
  }

  @Test
  @EnabledIfSystemProperty(named = "weft.fleet.seconds", matches = "[0-9]+")
  void threeEncodersDoThriceTheWorkOfOne() throws Exception {
    OpenLoop load = new OpenLoop(fleet.gateway(), LONG);
    double three = load.closed(CALLERS, TIME);
    fleet.worker(1).kill();
    fleet.worker(2).kill();
    fleet.awaitServing(1);
    double one = load.closed(CALLERS, TIME);
    fleet.worker(1).restart();
    fleet.awaitServing(2);
    double two = load.closed(CALLERS, TIME);
    fleet.worker(2).restart();
    System.out.printf(
        "requests/s with 1, 2, 3 encoders: %.1f, %.1f, %.1f (%.2f and %.2f times that of 1)%n",
        one, two, three, two / one, three / one);
    assertThat(load.answers()).allMatch(answer -> answer.status() == 200);
    assertThat(three / one).isGreaterThanOrEqualTo(2.7);
  }

  @Test
  @EnabledIfSystemProperty(named = "weft.fleet.seconds", matches = "[0-9]+")
  void twiceTheLoadIsRefusedAtOnceAndTheRestServed() {
    double peak = new OpenLoop(fleet.gateway(), LONG).closed(24, TIME);
    long memory = fleet.residentMib();
    OpenLoop load = new OpenLoop(fleet.gateway(), LONG);
    long begun = System.nanoTime();
    // Until the queues are full nothing is refused.
    Duration filling = Duration.ofSeconds(3);
    load.run(2 * peak, TIME.plus(filling));
    List<Answer> settled =
        load.answers().stream()
            .filter(answer -> answer.dueNs() - begun > filling.toNanos())
            .toList();
    List<Answer> refused = settled.stream().filter(answer -> answer.status() == 429).toList();
    double goodput = (settled.size() - refused.size()) / (TIME.toNanos() / 1e9);
    System.out.printf(
        "peak %.0f requests/s, twice that offered: %.0f served; refusals: %s; gateway %+d MiB%n",
        peak, goodput, OpenLoop.latencies(refused), fleet.residentMib() - memory);
    assertThat(settled).allMatch(answer -> answer.status() == 200 || answer.status() == 429);
    assertThat(goodput).isGreaterThanOrEqualTo(0.9 * peak);
    assertThat(refused).allMatch(answer -> Integer.parseInt(answer.retryAfter()) >= 1);
    assertThat(OpenLoop.percentile(refused, 0.95)).isLessThan(Duration.ofMillis(50));
    assertThat(fleet.residentMib() - memory).as("MiB more").isLessThan(100);
    assertThat(load.send(System.nanoTime()).status()).as("at once").isEqualTo(200);
  }

  @Test
  void streamsOfAKilledGeneratorAreToldAndWhatWaitsThereMoves() throws Exception {
    // As many as there are slots, and as many again that wait for one.
    int streams = 3 * FakeWorkerGenerator.SLOTS * 2;
    int tokens = 100;
    long memory = fleet.residentMib();
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<TimedStream>> answers = new ArrayList<>();
      for (int i = 0; i < streams; i++) {
        List<Map<String, String>> chat = List.of(TimedStream.user("a story, number " + i));
        answers.add(clients.submit(() -> TimedStream.read(fleet.gateway(), chat, tokens)));
      }
      LockSupport.parkNanos(Duration.ofSeconds(1).toNanos());
      long killedNs = System.nanoTime();
      fleet.worker(1).kill();
      List<TimedStream> told = new ArrayList<>();
      for (Future<TimedStream> answer : answers) {
        TimedStream stream = answer.get();
        if (!stream.isWhole(tokens)) {
          told.add(stream);
        }
      }
      long more = fleet.residentMib() - memory;
      System.out.printf(
          "a generator killed: %d of %d streams told; gateway %+d MiB%n",
          told.size(), streams, more);
      assertThat(more).as("MiB more").isLessThan(50);
      assertThat(told).hasSize(FakeWorkerGenerator.SLOTS);
      assertThat(told)
          .allSatisfy(
              stream -> {
                assertThat(stream.endedWithAnError()).as(stream.last()).isTrue();
                assertThat(stream.text()).as("all had begun there").startsWith("2 ");
                assertThat(Duration.ofNanos(stream.endNs() - killedNs))
                    .isLessThan(Duration.ofSeconds(1));
              });
    } finally {
      fleet.worker(1).restart();
    }
  }

  @Test
  void secondTurnsComeBackToTheirReplica() throws Exception {
    int chats = Math.toIntExact(12 * TIME.toSeconds());
    try (ExecutorService clients = Executors.newFixedThreadPool(6)) {
      List<Future<Boolean>> turns =
          IntStream.range(0, chats).mapToObj(i -> clients.submit(() -> comesBack(i))).toList();
      int back = 0;
      for (Future<Boolean> turn : turns) {
        back += turn.get() ? 1 : 0;
      }
      System.out.printf("%d of %d second turns found their prefix%n", back, chats);
      assertThat(back).isGreaterThanOrEqualTo((int) Math.ceil(0.9 * chats));
    }
  }

  /** Two turns of a chat of its own; whether the second found the first in its replica's cache. */
  private static boolean comesBack(int chat) throws Exception {
    String first = ("chat" + chat + " ").repeat(40).strip();
    List<Map<String, String>> messages = new ArrayList<>(List.of(TimedStream.user(first)));
    TimedStream one = TimedStream.read(fleet.gateway(), messages, 8);
    assertThat(one.isWhole(8)).isTrue();
    assertThat(one.cachedTokens()).isZero();
    messages.add(TimedStream.assistant(one.text()));
    messages.add(TimedStream.user("and then?"));
    TimedStream two = TimedStream.read(fleet.gateway(), messages, 8);
    assertThat(two.isWhole(8)).isTrue();
    return two.cachedTokens() >= 32;
  }
}
