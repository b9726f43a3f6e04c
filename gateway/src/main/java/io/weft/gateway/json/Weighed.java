package io.weft.gateway.json;

/** A body whose reader tells what it takes in memory. */
@FunctionalInterface
public interface Weighed {
  /**
   * Counts memory beside the body's own bytes, until its request ends.
   *
   * @param bytes at least 1
   * @throws io.weft.runtime.error.WeftException when there is none left
   */
  void hold(long bytes);
}
