package io.weft.generator.engine;

import java.util.List;

/**
 * What the next run of the model does. Prefill and decode take turns: rows of more than one token
 * cannot share a run with others.
 */
sealed interface StepPlan {
  /**
   * The input of one sequence, which the encoder reads whole: each of its tokens attends to all.
   */
  record Encode(Sequence sequence, Prompt input) implements StepPlan {}

  /**
   * A part of one prompt.
   *
   * @param from index of its first token
   * @param to index after its last token
   */
  record Prefill(Sequence sequence, int from, int to) implements StepPlan {
    boolean isLast() {
      return to == sequence.prompt().length();
    }
  }

  /**
   * One token of every decoding sequence.
   *
   * @param rows at least one; the sequence in row i holds slot i
   */
  record Decode(List<Sequence> rows) implements StepPlan {
    public Decode {
      rows = List.copyOf(rows);
    }
  }

  /** Nothing to do. */
  record Idle() implements StepPlan {}
}
