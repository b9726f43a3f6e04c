package io.weft.generator.engine;

import io.weft.generator.engine.GenerationEvent.Accepted;
import io.weft.generator.engine.GenerationEvent.Delta;
import io.weft.generator.engine.GenerationEvent.Finished;
import io.weft.runtime.error.WeftException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Keeps the events of all sequences of a request until the last has ended, and passes on those of
 * the best: each sequence's tokens in one delta, the best sequence as number 0. Belongs to the
 * engine's thread.
 */
final class BestOfSink implements EventSink {
  private final int n;
  private final EventSink sink;
  private final Map<Integer, Delta> deltas = new TreeMap<>();
  private final Map<Integer, Finished> finished = new TreeMap<>();

  /**
   * @param n how many sequences to pass on
   */
  BestOfSink(int n, EventSink sink) {
    this.n = n;
    this.sink = sink;
  }

  @Override
  public void emit(GenerationEvent event) {
    switch (event) {
      case Accepted accepted -> sink.emit(accepted);
      case Delta delta -> deltas.merge(delta.index(), delta, Delta::plus);
      case Finished end -> finished.put(end.index(), end);
    }
  }

  @Override
  public void complete() {
    List<Finished> best =
        finished.values().stream()
            .sorted(Comparator.comparingDouble(BestOfSink::score).reversed())
            .limit(n)
            .toList();
    for (int i = 0; i < best.size(); i++) {
      Finished end = best.get(i);
      Delta delta = deltas.get(end.index());
      if (delta != null) {
        sink.emit(new Delta(i, delta.ids(), delta.text(), delta.logprobs()));
      }
      sink.emit(
          new Finished(i, end.reason(), end.text(), end.usage(), end.matchedStop(), end.score()));
    }
    sink.complete();
  }

  private static double score(Finished end) {
    return Objects.requireNonNull(end.score(), "a sequence without a score");
  }

  @Override
  public void fail(WeftException failure) {
    sink.fail(failure);
  }
}
