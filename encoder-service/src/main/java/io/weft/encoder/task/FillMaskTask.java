package io.weft.encoder.task;

import io.weft.encoder.model.SequenceStates;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * The likeliest tokens at each position that a sequence has its vocabulary scored for, as
 * FillMaskPipeline of transformers has them.
 */
public final class FillMaskTask implements EncoderTask<List<List<FillMaskTask.Candidate>>> {
  private static final Comparator<Candidate> BEST_FIRST =
      Comparator.comparingDouble(Candidate::score).reversed().thenComparingInt(Candidate::id);

  private final int topK;
  private final int[] targets;

  /**
   * A token that may stand in a masked place.
   *
   * @param score its probability among the whole vocabulary
   */
  public record Candidate(int id, float score) {}

  /**
   * @param topK candidates of a position, at least 1
   * @param targets the only tokens to choose from, within the vocabulary; empty for all
   */
  public FillMaskTask(int topK, int[] targets) {
    this.topK = topK;
    this.targets = Arrays.stream(targets).distinct().toArray();
  }

  /** For each position its candidates, best first. */
  @Override
  public List<List<Candidate>> apply(SequenceStates states) {
    List<List<Candidate>> fills = new ArrayList<>(states.scoreRows());
    for (int row = 0; row < states.scoreRows(); row++) {
      fills.add(best(Scores.softmax(states.scores(row))));
    }
    return fills;
  }

  private List<Candidate> best(float[] probabilities) {
    // The worst of those kept stands first.
    PriorityQueue<Candidate> kept = new PriorityQueue<>(BEST_FIRST.reversed());
    int count = targets.length == 0 ? probabilities.length : targets.length;
    for (int i = 0; i < count; i++) {
      int id = targets.length == 0 ? i : targets[i];
      Candidate worst = kept.size() < topK ? null : kept.element();
      if (worst != null && worst.score > probabilities[id]) {
        continue;
      }
      kept.add(new Candidate(id, probabilities[id]));
      if (kept.size() > topK) {
        kept.remove();
      }
    }
    return kept.stream().sorted(BEST_FIRST).toList();
  }
}
