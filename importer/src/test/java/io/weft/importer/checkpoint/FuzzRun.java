package io.weft.importer.checkpoint;

import com.sun.management.ThreadMXBean;
import io.weft.importer.error.ImportException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Gives broken inputs to a reader, one after the other on a thread of their own, and measures what
 * each takes. A case is told again by its number: it is the seed of its random numbers.
 */
final class FuzzRun<T> {
  /** All that a case may allocate together, so that no single allocation can be larger either. */
  static final long MAX_ALLOCATION = 64L << 20;

  /** Cases take microseconds; this leaves room for a machine that does other things. */
  private static final Duration MAX_CASE = Duration.ofSeconds(10);

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Cases that are run in any case, however slow the machine. */
  private static final int LEAST = 300;

  private final String name;
  private final T good;
  private final Mutator<T> mutator;
  private final Reader<T> reader;
  private volatile long started = System.nanoTime();
  private volatile boolean done;
  private @Nullable AssertionError failure;
  private int refused;
  private int accepted;
  private long slowest;
  private long largest;

  /**
   * @param name of the inputs, in the report
   * @param good an input that must be read
   * @param mutator makes a broken input; not measured
   * @param reader reads it and may refuse it with an ImportException
   */
  FuzzRun(String name, T good, Mutator<T> mutator, Reader<T> reader) {
    this.name = name;
    this.good = good;
    this.mutator = mutator;
    this.reader = reader;
  }

  /**
   * Runs {@code rounds} cases, or as many as fit into {@code limit} but a few hundred.
   *
   * @throws AssertionError when a case ends in anything but an ImportException, takes more than 10
   *     seconds or allocates more than {@link #MAX_ALLOCATION}
   */
  Report run(int rounds, Duration limit) throws Exception {
    // Loads classes too, which would count for the first case.
    reader.read(good);
    long begin = System.nanoTime();
    Thread worker =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  for (int seed = 0; seed < rounds && failure == null; seed++) {
                    if (seed >= LEAST && System.nanoTime() - begin > limit.toNanos()) {
                      break;
                    }
                    runCase(seed);
                  }
                  done = true;
                });
    while (!worker.join(Duration.ofMillis(100))) {
      if (!done && System.nanoTime() - started > MAX_CASE.toNanos()) {
        throw new AssertionError(
            "%s, case %d hangs in %s"
                .formatted(name, refused + accepted, java.util.List.of(worker.getStackTrace())));
      }
    }
    if (failure != null) {
      throw failure;
    }
    Report report = new Report(name, refused, accepted, slowest, largest);
    System.out.println(report);
    return report;
  }

  /** Bytes that this thread allocates while it runs {@code action}. */
  static long allocated(Runnable action) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    action.run();
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }

  private void runCase(int seed) {
    started = System.nanoTime();
    try {
      T input = mutator.mutate(new Random(seed));
      long before = THREADS.getCurrentThreadAllocatedBytes();
      started = System.nanoTime();
      try {
        reader.read(input);
        accepted++;
      } catch (ImportException e) {
        refused++;
      }
      slowest = Math.max(slowest, System.nanoTime() - started);
      long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
      largest = Math.max(largest, allocated);
      if (allocated > MAX_ALLOCATION) {
        failure =
            new AssertionError("%s, case %d allocates %,d bytes".formatted(name, seed, allocated));
      }
    } catch (Throwable e) {
      failure = new AssertionError("%s, case %d ends in %s".formatted(name, seed, e), e);
    }
  }

  /** Makes one broken input. */
  @FunctionalInterface
  interface Mutator<T> {
    T mutate(Random random) throws Exception;
  }

  /** Reads one. */
  @FunctionalInterface
  interface Reader<T> {
    void read(T input) throws Exception;
  }

  /**
   * What came of all cases.
   *
   * @param slowest of them, in nanoseconds
   * @param largest bytes that one of them allocated
   */
  record Report(String name, int refused, int accepted, long slowest, long largest) {
    int cases() {
      return refused + accepted;
    }

    @Override
    public String toString() {
      return "%s: %,d cases, %,d refused, %,d read; slowest %.1f ms, largest allocation %.1f MiB"
          .formatted(name, cases(), refused, accepted, slowest / 1e6, largest / 1048576.0);
    }
  }
}
