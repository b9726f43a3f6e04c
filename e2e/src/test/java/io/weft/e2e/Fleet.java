package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A gateway before some workers of fixed cost, each a process. */
final class Fleet implements AutoCloseable {
  /** A worker's time for every four tokens of a text, or begun four. */
  static final int ENCODE_MS = 4;

  /** A worker's time for every generated token. */
  static final int TOKEN_MS = 20;

  private final List<WorkerProcess> workers;
  private final WeftStack stack = new WeftStack(WeftStack.FLEET);

  /** Starts workers on loopback, and a gateway. */
  Fleet(int count) {
    this(IntStream.rangeClosed(1, count).mapToObj(WorkerProcess::start).toList(), Map.of());
  }

  /**
   * Starts a gateway before these workers, and waits until it uses all. Owns them from now on.
   *
   * @param settings of the gateway
   */
  Fleet(List<WorkerProcess> workers, Map<String, String> settings) {
    this.workers = List.copyOf(workers);
    String addresses =
        workers.stream().map(WorkerProcess::address).collect(Collectors.joining(","));
    settings.forEach(stack::with);
    try {
      stack
          .with("WEFT_MODELS_DIR", WeftStack.ROOT.resolve("models").toString())
          .with("WEFT_TOKENIZER_ADDRESSES", addresses)
          .with("WEFT_ENCODER_ADDRESSES", addresses)
          .with("WEFT_GENERATOR_ADDRESSES", addresses)
          .up("gateway");
      awaitServing(workers.size());
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  int gateway() {
    return stack.port(8080);
  }

  WorkerProcess worker(int index) {
    return workers.get(index);
  }

  /** Waits until the gateway knows that so many replicas of each backend answer. */
  void awaitServing(int count) {
    long end = System.nanoTime() + Duration.ofSeconds(15).toNanos();
    while (!serving("tokenizer", count)
        || !serving("encoder", count)
        || !serving("generator", count)) {
      assertThat(System.nanoTime()).as("%d replicas serve", count).isLessThan(end);
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
  }

  private boolean serving(String backend, int count) {
    return Metrics.read(stack.port(9080))
            .sum("weft_gateway_replicas", "backend=\"%s\"".formatted(backend), "state=\"serving\"")
        == count;
  }

  /** Of the gateway's process. */
  long residentMib() {
    return stack.residentMib("gateway");
  }

  @Override
  public void close() {
    stack.close();
    workers.forEach(WorkerProcess::close);
  }
}
