package io.weft.generator.constraint;

import io.weft.generator.sampling.Logits;
import java.util.Set;

/**
 * Where one sequence stands in its constraint. A sequence may end only where its text is complete;
 * it ends by itself where nothing can follow. Mutable; belongs to the engine's thread.
 */
public final class ConstraintProgress {
  private final TokenConstraint constraint;
  private ConstraintState state;

  private ConstraintProgress(TokenConstraint constraint, ConstraintState state) {
    this.constraint = constraint;
    this.state = state;
  }

  /**
   * At the beginning of a text.
   *
   * @param stripSpace whether a space that the first token begins with is not part of the text
   */
  public static ConstraintProgress begin(TokenConstraint constraint, boolean stripSpace) {
    return new ConstraintProgress(constraint, constraint.start(stripSpace));
  }

  /** The same place, from where another sequence goes on. Costs nothing. */
  public ConstraintProgress copy() {
    return new ConstraintProgress(constraint, state);
  }

  /**
   * Makes tokens impossible that cannot come next. Tokens that end the sequence can come where the
   * text is complete; those that are text themselves also where they fit.
   *
   * @param endIds tokens that end the sequence; none when it may not end yet
   */
  public void limit(Logits logits, Set<Integer> endIds) {
    logits.keepOnly(constraint.allowed(state), constraint.isComplete(state) ? endIds : Set.of());
  }

  /** Takes the next token, which was possible. */
  public void append(int token) {
    ConstraintState next = constraint.advance(state, token);
    if (next != null) {
      state = next;
      if (!constraint.isComplete(state)) {
        constraint.prepare(state);
      }
    }
  }

  /** Whether the text is complete and nothing can follow. */
  public boolean isOver() {
    return constraint.isComplete(state) && !constraint.canContinue(state);
  }
}
