package io.weft.runtime.lifecycle;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/**
 * A process in which virtual threads wait for a class, whose initialiser waits for a lock that a
 * virtual thread is next to get. Exits with 0, or with 1 when none of them goes on.
 */
final class ClassInitialization {
  private static final Object LOCK = new Object();
  private static final CountDownLatch HELD = new CountDownLatch(1);
  private static final CountDownLatch INITIALIZING = new CountDownLatch(1);
  private static final CountDownLatch RELEASE = new CountDownLatch(1);

  private ClassInitialization() {}

  private static final class Initialized {
    static {
      INITIALIZING.countDown();
      synchronized (LOCK) {
        System.out.println("initialised");
      }
    }

    private Initialized() {}

    static void use() {}
  }

  public static void main(String[] arguments) throws InterruptedException {
    Main.setCarriers(Runtime.getRuntime().availableProcessors());
    Thread.ofPlatform().start(ClassInitialization::hold);
    HELD.await();
    Thread next = Thread.ofVirtual().start(ClassInitialization::takeTurn);
    await(next, Thread.State.BLOCKED);
    Thread initializer = Thread.ofPlatform().daemon().start(Initialized::use);
    INITIALIZING.await();
    await(initializer, Thread.State.BLOCKED);
    for (int i = 0; i < 4; i++) {
      Thread.ofVirtual().start(Initialized::use);
    }
    // Until they wait for the class: no state tells of that.
    Thread.sleep(500);
    RELEASE.countDown();
    System.exit(initializer.join(Duration.ofSeconds(10)) ? 0 : 1);
  }

  private static void await(Thread thread, Thread.State state) throws InterruptedException {
    while (thread.getState() != state) {
      Thread.sleep(1);
    }
  }

  private static void hold() {
    synchronized (LOCK) {
      HELD.countDown();
      try {
        RELEASE.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void takeTurn() {
    synchronized (LOCK) {
      System.out.println("my turn");
    }
  }
}
