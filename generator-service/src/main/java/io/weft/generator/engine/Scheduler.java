package io.weft.generator.engine;

import io.weft.generator.engine.StepPlan.Decode;
import io.weft.generator.engine.StepPlan.Encode;
import io.weft.generator.engine.StepPlan.Idle;
import io.weft.generator.engine.StepPlan.Prefill;
import io.weft.runtime.error.WeftException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides who holds a slot and what the next run of the model does.
 *
 * <p>Requests start in the order of {@link FairQueue}; whatever has begun runs on until it ends,
 * which its tokens bound, so that nothing starves. Between two decode steps, prompts run as
 * follows.
 *
 * <ul>
 *   <li>Short prompts, of at most two chunks, one after the other, up to a chunk of tokens in all:
 *       they start fast, and hold up what decodes by one chunk now and then.
 *   <li>Inputs of encoders, likewise, but whole: one that is longer than a chunk has the time
 *       between two decode steps to itself.
 *   <li>One part of one long prompt, as {@link PrefillPace} says: a long prompt takes many such
 *       parts, and so must not hold up what decodes by much each time. Short prompts that come
 *       later overtake it; the next long one begins when it is done.
 * </ul>
 *
 * <p>When nothing decodes, prompts run in full chunks.
 *
 * <p>Decoding sequences hold the slots 0 to n - 1 without a gap, as the model's runs want them: the
 * last moves into a hole. A prompt begins in the slot after them; a long one that is in the way
 * moves to the last slot.
 *
 * <p>A beam search begins only when all of its slots are free; whoever's turn it is waits for that,
 * and others wait with it. The slots are kept for it while its prompt runs.
 *
 * <p>Mutable; belongs to the engine's thread.
 */
final class Scheduler {
  /** Makes the sequences. */
  interface SequenceFactory {
    Sequence create(Generation generation, int index, int slot);
  }

  private final ModelRunner runner;
  private final int prefillChunk;
  private final SequenceFactory factory;
  private final PrefixReuse prefixes;
  private final FairQueue queue = new FairQueue();
  private final PrefillPace pace;

  /** Decoding sequences; the one at i holds slot i. */
  private final List<Sequence> rows = new ArrayList<>();

  /** The prompts being prefilled. */
  private @Nullable Sequence shortPrompt;

  private @Nullable Sequence longPrompt;

  /** Tokens of short prompts that may still run before decoding sequences take their turn. */
  private int budget;

  /** Whether a part of the long prompt may still run before them. */
  private boolean longTurn = true;

  /**
   * @param prefillChunk most tokens of a prompt in one run, at least 1
   */
  Scheduler(ModelRunner runner, int prefillChunk, SequenceFactory factory, PrefixReuse prefixes) {
    this.runner = runner;
    this.prefillChunk = prefillChunk;
    this.budget = prefillChunk;
    this.pace = new PrefillPace(prefillChunk);
    this.factory = factory;
    this.prefixes = prefixes;
  }

  void add(Generation generation) {
    queue.add(generation);
  }

  /** Whether there is nothing to run and nothing that waits. */
  boolean isIdle() {
    return rows.isEmpty() && shortPrompt == null && longPrompt == null && queue.isEmpty();
  }

  /** The next run. */
  StepPlan plan(long nowNs) {
    int part = rows.isEmpty() ? prefillChunk : pace.tokens();
    startPrompts(part, nowNs);
    Sequence next = shortPrompt;
    Prompt input = next == null ? null : next.inputToEncode();
    if (next != null && input != null) {
      if (rows.isEmpty() || budget == prefillChunk || input.length() <= budget) {
        budget -= input.length();
        return new Encode(next, input);
      }
    } else if (next != null) {
      int most = Math.min(remaining(next), longestRun(next));
      int tokens = Math.min(most, rows.isEmpty() ? prefillChunk : budget);
      // A sliver is not worth a run.
      if (tokens == most || tokens > prefillChunk / 8) {
        budget -= tokens;
        return new Prefill(next, next.cached(), next.cached() + tokens);
      }
    }
    next = longPrompt;
    if (next != null && longTurn && !(shortPrompt != null && remaining(next) <= part)) {
      longTurn = rows.isEmpty();
      int tokens = Math.min(part, Math.min(remaining(next), longestRun(next)));
      return new Prefill(next, next.cached(), next.cached() + tokens);
    }
    budget = prefillChunk;
    longTurn = true;
    return rows.isEmpty() ? new Idle() : new Decode(rows);
  }

  /** A plan was carried out. */
  void ran(StepPlan plan, long ns) {
    switch (plan) {
      case Encode _ -> {}
      case Prefill prefill -> pace.prefilled(prefill.to() - prefill.from(), ns);
      case Decode decode -> {
        pace.decoded(ns);
        decode.rows().forEach(row -> queue.generated(row.generation(), 1));
      }
      case Idle _ -> {}
    }
  }

  /** A step gave a sequence more tokens than the one that every step gives. */
  void alsoGenerated(Sequence sequence, int tokens) {
    queue.generated(sequence.generation(), tokens);
  }

  /**
   * The prompt is in its slot whole: its sequence decodes from now on, and so do its siblings as
   * far as there are slots, from copies of it.
   *
   * @return the sequences that the prompt's logits are for
   */
  List<Sequence> prefilled(Sequence first, long nowNs) {
    forget(first);
    int row = rows.size();
    if (first.slot() != row) {
      // Rows before it have ended since it began.
      move(first, row);
    }
    rows.add(first);
    first.prefilled();
    Generation generation = first.generation();
    while (generation.hasUnstarted() && hasFreeSlots(1)) {
      makeWay(rows.size());
      runner.copySlot(first.slot(), rows.size(), first.cached());
      Sequence sibling = start(generation, rows.size(), nowNs);
      queue.started(generation, 0);
      sibling.cached(first.cached());
      prefixes.share(first, sibling);
      rows.add(sibling);
    }
    List<Sequence> begun = List.copyOf(rows.subList(row, rows.size()));
    begun.forEach(_ -> queue.generated(generation, 1));
    return begun;
  }

  /** Ends what its caller no longer wants, and takes the slots of all that has ended. */
  void sweep(long nowNs) {
    endUnwanted(nowNs);
    queue.removeEnded();
    for (Sequence prompt : prompts()) {
      if (isGone(prompt)) {
        forget(prompt);
        runner.freeSlot(prompt.slot());
        queue.left(prompt.generation());
      }
    }
    // From the last row up, so that a row that moves is one that stays.
    for (int row = rows.size() - 1; row >= 0; row--) {
      Sequence sequence = rows.get(row);
      if (isGone(sequence)) {
        remove(row);
        queue.left(sequence.generation());
      }
    }
  }

  /** Ends everything. */
  void failAll(WeftException failure) {
    queue.forEach(generation -> generation.fail(failure));
    sequences().forEach(sequence -> sequence.generation().fail(failure));
  }

  /** How busy this is. */
  EngineLoad load() {
    int[] waiting = new int[1];
    long[] waitingTokens = new long[1];
    prompts().forEach(prompt -> waitingTokens[0] += prompt.waitingTokens());
    queue.forEach(
        generation -> {
          if (!generation.hasStarted()) {
            waiting[0]++;
            waitingTokens[0] += generation.request().prompt().givenTokens();
          }
        });
    List<Sequence> running = sequences();
    long used = running.stream().mapToLong(Sequence::cached).sum();
    return new EngineLoad(
        running.size(),
        waiting[0],
        runner.slots(),
        waitingTokens[0],
        (float) used / ((long) runner.slots() * runner.capacity()));
  }

  /**
   * Lets the next prompts have slots: the one whose turn it is, and beside a long one a short one.
   *
   * @param part tokens of the long prompt that may run next
   */
  private void startPrompts(int part, long nowNs) {
    if (shortPrompt == null && longPrompt == null) {
      startPrompt(queue.next(_ -> true), nowNs);
    }
    Sequence prompt = longPrompt;
    // A short one would be in the way of a long one that joins the decoding sequences.
    if (shortPrompt == null && prompt != null && remaining(prompt) > part) {
      startPrompt(queue.next(this::isShort), nowNs);
    }
  }

  private void startPrompt(@Nullable Generation generation, long nowNs) {
    if (generation == null || !hasFreeSlots(generation.request().slotsAtOnce())) {
      return;
    }
    makeWay(rows.size());
    Sequence sibling = sibling(generation);
    Sequence sequence = start(generation, rows.size(), nowNs);
    fillSlot(sequence, sibling);
    Prompt input = sequence.inputToEncode();
    queue.started(generation, remaining(sequence) + (input == null ? 0 : input.length()));
    if (remaining(sequence) <= 2 * prefillChunk) {
      shortPrompt = sequence;
    } else {
      longPrompt = sequence;
    }
  }

  /**
   * Puts as much of the prompt into the slot as is at hand. A sibling that runs already has all of
   * it; then only the last token is run again, for its logits, and nothing is encoded again. Else
   * the prefix cache is asked. A prompt whose log probabilities are wanted must run whole, and is
   * accepted with them.
   */
  private void fillSlot(Sequence sequence, @Nullable Sequence sibling) {
    if (sequence.scoresPrompt()) {
      return;
    }
    int all = sequence.prompt().length() - 1;
    if (sibling == null) {
      prefixes.restore(sequence);
    } else if (all > 0 || sequence.inputToEncode() != null) {
      runner.copySlot(sibling.slot(), sequence.slot(), all);
      sequence.cached(all);
      sequence.encoded();
      prefixes.share(sibling, sequence);
    }
    if (sequence.isFirst()) {
      sequence.generation().accept(sequence.cached());
    }
  }

  private Sequence start(Generation generation, int slot, long nowNs) {
    return factory.create(generation, generation.startNext(nowNs), slot);
  }

  private boolean isShort(Generation generation) {
    return generation.request().prompt().length() <= 2 * prefillChunk
        || sibling(generation) != null;
  }

  /** A sequence of a request that has its whole prompt in its slot. */
  private @Nullable Sequence sibling(Generation generation) {
    if (generation.hasStarted()) {
      for (Sequence row : rows) {
        if (row.generation() == generation) {
          return row;
        }
      }
    }
    return null;
  }

  /** Most tokens of a prompt in one run. */
  private int longestRun(Sequence prompt) {
    return prompt.scoresPrompt() ? runner.maxExtension() : prefillChunk;
  }

  private static int remaining(Sequence prompt) {
    return prompt.prompt().length() - prompt.cached();
  }

  /** Whether so many slots are free, and not promised to prompts whose sequences begin together. */
  private boolean hasFreeSlots(int count) {
    int taken = sequences().size();
    for (Sequence prompt : prompts()) {
      taken += prompt.generation().request().slotsAtOnce() - 1;
    }
    return taken + count <= runner.slots();
  }

  /** Moves the long prompt out of a slot that is needed, while there is a free one. */
  private void makeWay(int slot) {
    Sequence prompt = longPrompt;
    if (prompt != null && prompt.slot() == slot) {
      move(prompt, runner.slots() - 1);
    }
  }

  private void forget(Sequence prompt) {
    if (prompt == shortPrompt) {
      shortPrompt = null;
    } else {
      longPrompt = null;
    }
  }

  private List<Sequence> prompts() {
    List<Sequence> prompts = new ArrayList<>(2);
    if (shortPrompt != null) {
      prompts.add(shortPrompt);
    }
    if (longPrompt != null) {
      prompts.add(longPrompt);
    }
    return prompts;
  }

  private List<Sequence> sequences() {
    List<Sequence> all = prompts();
    all.addAll(rows);
    return all;
  }

  private void endUnwanted(long nowNs) {
    queue.forEach(generation -> endIfUnwanted(generation, nowNs));
    sequences().forEach(sequence -> endIfUnwanted(sequence.generation(), nowNs));
  }

  private static void endIfUnwanted(Generation generation, long nowNs) {
    WeftException reason = generation.reasonToEnd(nowNs);
    if (reason != null) {
      generation.fail(reason);
    }
  }

  private static boolean isGone(Sequence sequence) {
    if (sequence.isFinished()) {
      return true;
    }
    WeftException failure = sequence.generation().failure();
    if (failure != null) {
      sequence.failed(failure);
    }
    return failure != null;
  }

  private void remove(int row) {
    Sequence last = rows.removeLast();
    if (row == rows.size()) {
      runner.freeSlot(row);
    } else {
      rows.set(row, last);
      move(last, row);
    }
  }

  private void move(Sequence sequence, int slot) {
    int left = sequence.slot();
    runner.copySlot(left, slot, sequence.cached());
    sequence.moveTo(slot);
    runner.freeSlot(left);
  }
}
