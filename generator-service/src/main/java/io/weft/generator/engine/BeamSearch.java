package io.weft.generator.engine;

import io.weft.generator.engine.BeamOptions.EarlyStopping;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The choices of one beam search, as transformers' {@code _beam_search} makes them (4.57): of all
 * continuations of all running beams the best are looked at in order. One that ends is complete, if
 * it is among the first {@code numBeams}; the first {@code numBeams} that do not end run on.
 * Complete ones are compared by their sum of log probabilities over a power of their length.
 * Mutable; belongs to the engine's thread.
 */
final class BeamSearch {
  private final BeamOptions options;
  private final StopOptions stop;

  /** The best first; at most numBeams. */
  private final List<Complete> complete = new ArrayList<>();

  private boolean done;

  /**
   * A continuation of a running beam by one token.
   *
   * @param beam index of the beam
   * @param logprobSum of the beam and the token
   */
  record Candidate(int beam, int token, double logprobSum) {
    /** The best first; equals in the order of beams and tokens. */
    static final Comparator<Candidate> ORDER =
        Comparator.comparingDouble(Candidate::logprobSum)
            .reversed()
            .thenComparingInt(Candidate::beam)
            .thenComparingInt(Candidate::token);
  }

  /** A sequence that has ended. */
  record Complete(Hypothesis output, double score, FinishReason reason) {}

  BeamSearch(BeamOptions options, StopOptions stop) {
    this.options = options;
    this.stop = stop;
  }

  int numBeams() {
    return options.numBeams();
  }

  /** The best first, once {@link #isDone}. */
  List<Complete> complete() {
    return complete;
  }

  boolean isDone() {
    return done;
  }

  /** How many of a beam's continuations can matter: one more than the first, for each that ends. */
  int candidatesPerBeam(int vocabulary) {
    return Math.min(vocabulary, options.numBeams() + stop.endIds().size());
  }

  /**
   * One step.
   *
   * @param beams the running beams, all of one length
   * @param candidates their continuations, in {@link Candidate#ORDER}; at least as many of each
   *     beam as {@link #candidatesPerBeam} says, less those that are impossible
   * @return those that run on, the best first; at most numBeams, fewer only where there are no
   *     others, and none once done
   */
  List<Candidate> advance(List<Hypothesis> beams, List<Candidate> candidates) {
    int length = beams.getFirst().length() + 1;
    List<Candidate> running = new ArrayList<>();
    for (int rank = 0; rank < candidates.size(); rank++) {
      Candidate candidate = candidates.get(rank);
      boolean ends = stop.endIds().contains(candidate.token());
      if (ends || length == stop.maxTokens()) {
        if (rank < options.numBeams()) {
          Hypothesis beam = beams.get(candidate.beam());
          complete(
              beam.plus(candidate.token(), candidate.logprobSum()),
              ends ? FinishReason.STOP : FinishReason.LENGTH);
        }
      } else if (running.size() < options.numBeams()) {
        running.add(candidate);
      }
    }
    done = running.isEmpty() || !isImprovable(running.getFirst().logprobSum(), length);
    return done ? List.of() : running;
  }

  private void complete(Hypothesis output, FinishReason reason) {
    double score = options.score(output.logprobSum(), output.length());
    int place = complete.size();
    while (place > 0 && complete.get(place - 1).score() < score) {
      place--;
    }
    complete.add(place, new Complete(output, score, reason));
    if (complete.size() > options.numBeams()) {
      complete.removeLast();
    }
  }

  /** Whether running beams may still become better than complete ones. */
  private boolean isImprovable(double bestSum, int length) {
    if (complete.size() < options.numBeams()) {
      return true;
    }
    if (options.earlyStopping() == EarlyStopping.FIRST) {
      return false;
    }
    boolean longestIsBest =
        options.earlyStopping() == EarlyStopping.NEVER && options.lengthPenalty() > 0;
    double best = options.score(bestSum, longestIsBest ? stop.maxTokens() : length);
    return best > complete.getLast().score();
  }
}
