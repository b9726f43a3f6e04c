package io.weft.generator.engine;

import io.weft.generator.engine.BeamSearch.Candidate;
import io.weft.generator.sampling.Logits;
import io.weft.runtime.error.WeftException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sequences of one beam search. Each holds a slot, and each but the spare ones holds a running
 * beam; spare ones decode too, for nothing, so that all slots stay equally long. Mutable; belongs
 * to the engine's thread.
 */
final class BeamGroup {
  private final Generation generation;
  private final BeamSearch search;
  private final List<Sequence> sequences;

  /** The running beams, the best first. */
  private List<Hypothesis> beams;

  /** Whether all slots hold the same tokens: until the first step. */
  private boolean alike = true;

  /** The sequences in whose slots they are, in the same order. */
  private List<Sequence> holders;

  /**
   * A search that begins with the prompt in every slot.
   *
   * @param sequences all of one request, as many as it has beams
   */
  BeamGroup(Generation generation, BeamOptions options, List<Sequence> sequences) {
    this.generation = generation;
    this.search = new BeamSearch(options, generation.request().stop());
    this.sequences = List.copyOf(sequences);
    this.beams = List.of(Hypothesis.empty(sequences.getFirst().processors()));
    this.holders = List.of(sequences.getFirst());
  }

  Generation generation() {
    return generation;
  }

  BeamSearch search() {
    return search;
  }

  /** All of them. */
  List<Sequence> sequences() {
    return sequences;
  }

  List<Hypothesis> beams() {
    return beams;
  }

  List<Sequence> holders() {
    return holders;
  }

  void fail(WeftException because) {
    generation.fail(because);
  }

  /** Changes log probabilities of what may follow an output as the request wants it. */
  void process(Hypothesis output, Logits logits) {
    output.processors().apply(logits);
    StopOptions stop = generation.request().stop();
    if (output.length() < stop.minTokens()) {
      stop.endIds().forEach(logits::ban);
    }
  }

  /**
   * Lets some continuations run on, each in a slot that holds the beam that it continues.
   *
   * @param running the best first, at least one
   */
  void reorder(List<Candidate> running, ModelRunner runner, long nowNs) {
    List<@Nullable Sequence> places = new ArrayList<>();
    Deque<Sequence> free = new ArrayDeque<>(sequences);
    for (Candidate candidate : running) {
      Sequence own = holders.get(candidate.beam());
      places.add(free.remove(own) ? own : null);
    }
    List<Hypothesis> next = new ArrayList<>();
    List<Sequence> nextHolders = new ArrayList<>();
    for (int i = 0; i < running.size(); i++) {
      Candidate candidate = running.get(i);
      Sequence place = places.get(i);
      if (place == null) {
        place = free.removeFirst();
        if (!alike) {
          Sequence from = holders.get(candidate.beam());
          runner.copySlot(from.slot(), place.slot(), from.cached());
        }
      }
      place.continueWith(candidate.token(), nowNs);
      nextHolders.add(place);
      next.add(beams.get(candidate.beam()).plus(candidate.token(), candidate.logprobSum()));
    }
    free.forEach(spare -> spare.continueWith(running.getFirst().token(), nowNs));
    alike = false;
    beams = next;
    holders = nextHolders;
  }
}
