package io.weft.generator.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * Where requests wait for the engine's thread to notice them: a moment, at most one step. Its
 * capacity is that of the admission limit, which every request has passed. Producers: any thread.
 * Consumer: the engine. Once closed it takes nothing more, and what lies in it is still taken out.
 * Thread-safe.
 */
final class Inbox {
  private final List<Generation> submitted = new ArrayList<>();
  private long promptTokens;
  private boolean closed;

  /** Whether the request was taken; false once closed. */
  synchronized boolean offer(Generation generation) {
    if (closed) {
      return false;
    }
    submitted.add(generation);
    promptTokens += generation.request().prompt().givenTokens();
    notifyAll();
    return true;
  }

  /**
   * Takes out what there is.
   *
   * @param wait whether to wait for something, or for the end
   */
  synchronized List<Generation> takeAll(boolean wait) throws InterruptedException {
    while (wait && submitted.isEmpty() && !closed) {
      wait();
    }
    List<Generation> all = List.copyOf(submitted);
    submitted.clear();
    promptTokens = 0;
    return all;
  }

  synchronized void close() {
    closed = true;
    notifyAll();
  }

  /** Whether it is closed and all that lay in it was taken out. */
  synchronized boolean isDone() {
    return closed && submitted.isEmpty();
  }

  /** A load with what lies here added to it. */
  synchronized EngineLoad addTo(EngineLoad load) {
    return load.plusSubmitted(submitted.size(), promptTokens);
  }
}
