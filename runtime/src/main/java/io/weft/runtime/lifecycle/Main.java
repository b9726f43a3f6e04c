package io.weft.runtime.lifecycle;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;

/**
 * The beginning of every service.
 *
 * <p>Gives virtual threads more carriers than a small machine has processors. A virtual thread that
 * waits for another thread to initialise a class keeps its carrier (JDK 25). On one or two
 * processors the first calls of a process can so hold all carriers, while the thread that
 * initialises the class waits for a lock whose turn is a virtual thread's without a carrier: then
 * none of them ever goes on. A gateway on two processors was seen to hang so as it started.
 */
@QuarkusMain
public final class Main {
  /** Read by the JDK before the first virtual thread. */
  static final String CARRIERS = "jdk.virtualThreadScheduler.parallelism";

  /** Carriers are threads, of which more than processors only wait. */
  private static final int LEAST_CARRIERS = 16;

  private Main() {}

  public static void main(String... arguments) {
    setCarriers(Runtime.getRuntime().availableProcessors());
    Quarkus.run(arguments);
  }

  /** Leaves what was asked for on the command line. */
  static void setCarriers(int processors) {
    if (System.getProperty(CARRIERS) == null) {
      System.setProperty(CARRIERS, String.valueOf(Math.max(LEAST_CARRIERS, processors)));
    }
  }
}
