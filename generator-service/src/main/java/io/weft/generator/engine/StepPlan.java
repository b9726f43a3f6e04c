package io.weft.generator.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the next run of the model does. */
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
    int tokens() {
      return to - from;
    }

    boolean isLast() {
      return to == sequence.prompt().length();
    }

    PromptPart part() {
      return new PromptPart(sequence.slot(), sequence.prompt(), from, to);
    }
  }

  /**
   * One token of every decoding sequence.
   *
   * @param rows at least one; the sequence in row i holds slot i
   * @param beside the part of a prompt that runs with them
   * @param mayDraft whether drafts may be verified instead, which takes longer: no prompt waits for
   *     the step
   */
  record Decode(List<Sequence> rows, @Nullable Prefill beside, boolean mayDraft)
      implements StepPlan {
    public Decode {
      rows = List.copyOf(rows);
    }
  }

  /** Nothing to do. */
  record Idle() implements StepPlan {}
}
