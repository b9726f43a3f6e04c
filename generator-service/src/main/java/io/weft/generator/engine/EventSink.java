package io.weft.generator.engine;

import io.weft.runtime.error.WeftException;

/**
 * Where the events of one request go. Called by the engine's thread, so it must neither wait nor
 * throw. After {@link #complete} or {@link #fail} nothing follows.
 */
public interface EventSink {
  /** The next event. */
  void emit(GenerationEvent event);

  /** All sequences have finished. */
  void complete();

  /** The request ends here, with this. */
  void fail(WeftException failure);
}
