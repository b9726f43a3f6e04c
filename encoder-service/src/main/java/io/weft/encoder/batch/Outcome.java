package io.weft.encoder.batch;

import io.weft.runtime.error.WeftException;

/**
 * What became of one sequence of a request.
 *
 * @param <R> the result of one sequence
 */
public sealed interface Outcome<R> {
  /** It has a result. */
  record Done<R>(R result) implements Outcome<R> {}

  /** It failed, alone. */
  record Failed<R>(WeftException failure) implements Outcome<R> {}
}
