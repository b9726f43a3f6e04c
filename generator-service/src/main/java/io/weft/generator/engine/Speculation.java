package io.weft.generator.engine;

import java.util.List;

/**
 * Decides in which decode steps drafts are verified: when few sequences run, so that the processor
 * has work to spare, and all have a draft, since a run of several tokens takes one sequence only.
 * Belongs to the engine's thread.
 */
public final class Speculation {
  private final Options options;
  private final int longest;

  /**
   * When and how much to guess.
   *
   * @param draft most tokens of a draft, up to {@value Drafter#LONGEST}; 0 turns it off
   * @param maxSequences most running sequences with which drafts are tried
   */
  public record Options(int draft, int maxSequences) {
    /** No drafts. */
    public static Options off() {
      return new Options(0, 0);
    }
  }

  Speculation(Options options, ModelRunner runner) {
    this.options = options;
    this.longest = Math.min(options.draft(), runner.maxExtension() - 1);
  }

  /** Makes drafts for the next step of these sequences; false when they must decode without. */
  boolean draft(List<Sequence> rows) {
    if (longest < 1 || rows.size() > options.maxSequences()) {
      return false;
    }
    boolean all = true;
    for (Sequence row : rows) {
      // Beams are compared after each token. The token after the draft is generated too.
      all &=
          row.generation().beams() == null
              && row.drafter().propose(Math.min(longest, row.tokensLeft() - 1)) > 0;
    }
    return all;
  }
}
