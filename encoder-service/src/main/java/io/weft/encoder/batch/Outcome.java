package io.weft.encoder.batch;

import io.weft.runtime.error.WeftException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

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

  /**
   * Failures where there are some, in between the outcomes of all others.
   *
   * @param failures one a sequence; null for those that were run
   * @param outcomes of those, in their order
   */
  static <R> List<Outcome<R>> merge(
      List<@Nullable WeftException> failures, List<Outcome<R>> outcomes) {
    List<Outcome<R>> merged = new ArrayList<>(failures.size());
    Iterator<Outcome<R>> next = outcomes.iterator();
    for (WeftException failure : failures) {
      merged.add(failure == null ? next.next() : new Failed<>(failure));
    }
    return merged;
  }
}
