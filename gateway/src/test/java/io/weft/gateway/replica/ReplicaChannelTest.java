package io.weft.gateway.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.LoadBalancerRegistry;
import io.grpc.ManagedChannel;
import io.grpc.NameResolverRegistry;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.weft.gateway.Http;
import io.weft.proto.encoder.v1.EmbedRequest;
import io.weft.proto.encoder.v1.EncoderServiceGrpc;
import io.weft.runtime.error.WeftException;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Real servers on loopback behind one channel. */
@Timeout(30)
class ReplicaChannelTest {
  private static final ReplicaResolverProvider RESOLVERS = new ReplicaResolverProvider();
  private static final ReplicaBalancerProvider BALANCERS = new ReplicaBalancerProvider();
  private static final Duration LOOK = Duration.ofMillis(200);

  private final List<FakeReplica> started = new ArrayList<>();
  private final Replicas replicas = new Replicas(1.5);
  private ManagedChannel channel;

  @BeforeAll
  static void register() {
    NameResolverRegistry.getDefaultRegistry().register(RESOLVERS);
    LoadBalancerRegistry.getDefaultRegistry().register(BALANCERS);
  }

  @AfterAll
  static void deregister() {
    NameResolverRegistry.getDefaultRegistry().deregister(RESOLVERS);
    LoadBalancerRegistry.getDefaultRegistry().deregister(BALANCERS);
  }

  @AfterEach
  void close() {
    channel.shutdownNow();
    started.forEach(FakeReplica::close);
  }

  @Test
  void spreadsCalls() throws Exception {
    open(3);
    for (int i = 0; i < 90; i++) {
      embed();
    }
    assertThat(started).extracting(replica -> replica.calls.get()).containsExactly(30, 30, 30);
  }

  @Test
  void noCallFailsWhenAReplicaIsKilledAndItComesBack() throws Exception {
    open(3);
    FakeReplica killed = started.getFirst();
    CountDownLatch inFlight = new CountDownLatch(1);
    killed.behaviour =
        () -> {
          inFlight.countDown();
          Thread.sleep(20_000);
        };
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> calls = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        calls.add(clients.submit(() -> embed()));
      }
      assertThat(inFlight.await(10, TimeUnit.SECONDS)).isTrue();
      killed.kill();
      for (Future<?> call : calls) {
        call.get();
      }
    }
    killed.calls.set(0);
    killed.behaviour = () -> {};
    killed.restart();
    Http.await(
        "the replica to be used again",
        () -> {
          channel.resetConnectBackoff();
          serveAll();
          embed();
          return killed.calls.get() > 0;
        });
  }

  @Test
  void aReplicaThatStopsIsLeftOutAtOnce() throws Exception {
    open(3);
    FakeReplica stopping = started.get(1);
    stopping.behaviour =
        () -> {
          throw new WeftException.Unavailable("STOPPING", "the service is stopping", null);
        };
    for (int i = 0; i < 30; i++) {
      embed();
    }
    assertThat(stopping.calls).hasValue(1);
  }

  @Test
  void findsReplicasThatCameAndForgetsThoseThatWent() throws Exception {
    FakeReplica first = start("127.0.0.1", 0);
    List<InetAddress> addresses = new CopyOnWriteArrayList<>(List.of(ip("127.0.0.1")));
    open(
        List.of(new Place("encoder", first.port())), _ -> List.copyOf(addresses), Optional.empty());
    embed();
    FakeReplica second = start("127.0.0.2", first.port());
    addresses.add(ip("127.0.0.2"));
    Http.await("the second replica", () -> replicas.connected().size() == 2);
    serveAll();
    for (int i = 0; i < 10; i++) {
      embed();
    }
    assertThat(second.calls).hasValue(5);
    addresses.removeFirst();
    Http.await("one replica", () -> replicas.all().size() == 1);
    first.calls.set(0);
    for (int i = 0; i < 10; i++) {
      embed();
    }
    assertThat(first.calls).hasValue(0);
  }

  @Test
  void aFaultOfTheRequestIsNotTriedAgain() throws Exception {
    open(3);
    started.forEach(
        replica ->
            replica.behaviour =
                () -> {
                  throw new WeftException.InvalidRequest("R", "no", "inputs");
                });
    assertThatThrownBy(this::embed).hasMessageContaining("INVALID_ARGUMENT");
    assertThat(calls()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(names = {"UNAVAILABLE", "CANCELLED", "UNKNOWN", "INTERNAL"})
  void aCallWhoseReplicaIsLostGoesToAnother(Status.Code code) throws Exception {
    open(2);
    started.getFirst().behaviour =
        () -> {
          throw code.toStatus().asRuntimeException();
        };
    for (int i = 0; i < 4; i++) {
      embed();
    }
    assertThat(started.getFirst().calls).hasPositiveValue();
  }

  /** What a service itself failed with would fail elsewhere too. */
  @Test
  void aFaultOfTheServiceIsNotTriedAgain() throws Exception {
    open(2);
    started.forEach(
        replica ->
            replica.behaviour =
                () -> {
                  throw new IllegalStateException("broken");
                });
    assertThatThrownBy(this::embed).hasMessageContaining("INTERNAL");
    assertThat(calls()).isEqualTo(1);
  }

  @Test
  void triesAreBounded() throws Exception {
    open(3);
    started.forEach(
        replica ->
            replica.behaviour =
                () -> {
                  throw new WeftException.Unavailable("BROKEN", "no", null);
                });
    assertThatThrownBy(this::embed).hasMessageContaining("UNAVAILABLE");
    assertThat(calls()).isEqualTo(CallPolicies.ATTEMPTS);
    started.forEach(replica -> assertThat(replica.calls).hasPositiveValue());
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 600; i++) {
        clients.execute(() -> assertThatThrownBy(this::embed).hasMessageContaining("UNAVAILABLE"));
      }
    }
    int before = calls();
    for (int i = 0; i < 20; i++) {
      assertThatThrownBy(this::embed).hasMessageContaining("UNAVAILABLE");
    }
    assertThat(calls() - before).as("the budget is used up").isEqualTo(20);
  }

  @Test
  void allTriesHaveOneDeadline() throws Exception {
    open(2);
    started.forEach(replica -> replica.behaviour = () -> Thread.sleep(20_000));
    long begun = System.nanoTime();
    assertThatThrownBy(() -> embed(Duration.ofMillis(300)))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED));
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(3));
  }

  @Test
  void aSlowReplicaIsHedgedWhereThatIsWanted() throws Exception {
    start("127.0.0.1", 0);
    start("127.0.0.1", 0);
    open(places(), _ -> List.of(ip("127.0.0.1")), Optional.of(Duration.ofMillis(50)));
    started.getFirst().behaviour = () -> Thread.sleep(5_000);
    started.getLast().behaviour = () -> {};
    for (int i = 0; i < 6; i++) {
      long begun = System.nanoTime();
      embed();
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(2));
    }
    assertThat(started.getFirst().calls).hasPositiveValue();
  }

  @Test
  void anIdleChannelWithNobodyBehindItFailsAtOnce() throws Exception {
    FakeReplica gone = start("127.0.0.1", 0);
    gone.kill();
    assertThatCode(() -> open(places(), _ -> List.of(ip("127.0.0.1")), Optional.empty()))
        .hasMessageContaining("UNAVAILABLE");
  }

  private void open(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      start("127.0.0.1", 0);
    }
    open(places(), _ -> List.of(ip("127.0.0.1")), Optional.empty());
  }

  /** Opens the channel and waits until every replica has answered. */
  private void open(List<Place> places, HostLookup lookup, Optional<Duration> hedge) {
    channel =
        NettyChannelBuilder.forTarget("weft://encoder:1")
            .usePlaintext()
            .setNameResolverArg(
                ReplicaResolverProvider.FOUND,
                new ReplicaResolverProvider.Found(places, lookup, LOOK, replicas))
            .defaultServiceConfig(CallPolicies.of("encoder", hedge))
            .build();
    embed();
    Http.await("connections", () -> replicas.connected().size() == places.size());
    serveAll();
    started.forEach(replica -> replica.calls.set(0));
  }

  private void serveAll() {
    replicas.connected().forEach(replica -> replica.answered(Set.of()));
  }

  private FakeReplica start(String host, int port) throws IOException {
    FakeReplica replica = FakeReplica.start(host, port);
    started.add(replica);
    return replica;
  }

  private List<Place> places() {
    return started.stream().map(replica -> Place.parse(replica.address())).toList();
  }

  private int calls() {
    return started.stream().mapToInt(replica -> replica.calls.get()).sum();
  }

  private void embed() {
    embed(Duration.ofSeconds(15));
  }

  private void embed(Duration limit) {
    EncoderServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(limit)
        .withOption(Route.KEY, Route.leastWork("", 1))
        .embed(EmbedRequest.getDefaultInstance());
  }

  private static InetAddress ip(String address) {
    try {
      return InetAddress.getByName(address);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
