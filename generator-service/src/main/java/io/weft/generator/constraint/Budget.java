package io.weft.generator.constraint;

/** What one compilation may still use. Mutable; belongs to the thread that compiles. */
final class Budget {
  /** Most states of nondeterministic automata; each takes some 50 bytes while they are built. */
  static final int MAX_STATES = 400_000;

  /** Most transitions of automata without empty ones; each takes some 60 bytes on the way. */
  static final int MAX_TRANSITIONS = 1_000_000;

  private static final int CHECK_EVERY = 1_024;

  private final long limitNs;
  private final long startNs = System.nanoTime();
  private int states;
  private int transitions;
  private int sinceCheck;

  /**
   * @param limitNs most time, in nanoseconds
   */
  Budget(long limitNs) {
    this.limitNs = limitNs;
  }

  /**
   * Counts new states.
   *
   * @throws Refusal when they are too many, or time is up
   */
  void states(int count) {
    states += count;
    if (states > MAX_STATES) {
      throw Refusal.tooComplex("the constraint needs more than %,d states".formatted(MAX_STATES));
    }
    work(count);
  }

  /**
   * Counts new transitions: where many states can be skipped, there are far more than states.
   *
   * @throws Refusal when they are too many, or time is up
   */
  void transitions(int count) {
    transitions += count;
    if (transitions > MAX_TRANSITIONS) {
      throw Refusal.tooComplex(
          "the constraint needs more than %,d transitions".formatted(MAX_TRANSITIONS));
    }
    work(count);
  }

  /**
   * Counts steps of work that makes no states.
   *
   * @throws Refusal when time is up
   */
  void work(int steps) {
    sinceCheck += steps;
    if (sinceCheck >= CHECK_EVERY) {
      sinceCheck = 0;
      checkTime();
    }
  }

  void checkTime() {
    if (System.nanoTime() - startNs > limitNs) {
      throw Refusal.tooComplex(
          "compiling the constraint takes longer than %,d ms".formatted(limitNs / 1_000_000));
    }
  }
}
