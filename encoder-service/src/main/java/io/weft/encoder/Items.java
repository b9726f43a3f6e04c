package io.weft.encoder;

import io.weft.encoder.model.TokenSequence;
import io.weft.encoder.task.Alignment;
import io.weft.runtime.error.WeftException;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The items of a request whose own fields are checked already, before the model's limits are.
 *
 * @param sequences of all items, those that failed too
 * @param alignments of all items; empty where the task needs none
 * @param failures why an item is not run; null where it is
 */
record Items(
    List<TokenSequence> sequences,
    List<Alignment> alignments,
    List<@Nullable WeftException> failures) {

  /** Sequences that can be run, in their order. */
  List<TokenSequence> valid() {
    return IntStream.range(0, sequences.size())
        .filter(i -> failures.get(i) == null)
        .mapToObj(sequences::get)
        .toList();
  }
}
