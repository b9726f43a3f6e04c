package io.weft.generator;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/**
 * Whether all models of the process fit into its memory together. Key/value memory is taken from
 * the system only as tokens come, so that what does not fit would be found out under load, by the
 * death of the process; this finds it out at the start. Belongs to one thread.
 */
final class MemoryBudget {
  private final long total;
  private long needed;

  /**
   * @param total bytes of memory that the process may use
   * @param heap bytes that the Java heap may grow to
   */
  MemoryBudget(long total, long heap) {
    this.total = total;
    this.needed = heap;
  }

  /** That of this process: the memory of its container, or of the machine. */
  static MemoryBudget ofThisProcess() {
    long total =
        ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
            ? system.getTotalMemorySize()
            : Long.MAX_VALUE;
    return new MemoryBudget(total, Runtime.getRuntime().maxMemory());
  }

  /**
   * Counts a model.
   *
   * @param weights bytes of its weights
   * @param caches bytes of key/value memory with all slots full
   * @throws IllegalArgumentException when it does not fit beside those that were counted before
   */
  void take(long weights, long caches) {
    long before = needed;
    needed += weights + caches;
    if (needed > total) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "it does not fit: %,d bytes of weights, up to %,d bytes of key/value memory and"
                  + " %,d bytes of heap and other models > %,d bytes of memory that this machine or"
                  + " container has: lower weft.generator.slots or weft.generator.context-length,"
                  + " serve fewer models, or give it more memory",
              weights,
              caches,
              before,
              total));
    }
  }
}
