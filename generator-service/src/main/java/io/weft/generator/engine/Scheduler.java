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
 * which its tokens bound, so that nothing starves.
 *
 * <p>Every step gives each decoding sequence a token, and runs a part of one prompt with them, as
 * {@link PrefillPace} says: prompts of any length hold up what decodes by little. Inputs of
 * encoders, and prompts whose own log probabilities are wanted, cannot share a run; they take turns
 * with decode steps. When nothing decodes, prompts run in full chunks.
 *
 * <p>One long prompt, of more than two chunks, runs at a time, since two that took turns would both
 * be done when the later one is. Short ones that come later overtake it: they have every other
 * part.
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

  /** Whether the next part is one of the long prompt, if there is a short one too. */
  private boolean longTurn;

  /** Whether what cannot share a run has the next one, if something decodes. */
  private boolean aloneTurn = true;

  /**
   * @param prefillChunk most tokens of a prompt in one run, at least 1
   */
  Scheduler(ModelRunner runner, int prefillChunk, SequenceFactory factory, PrefixReuse prefixes) {
    this.runner = runner;
    this.prefillChunk = prefillChunk;
    this.pace = new PrefillPace(prefillChunk, runner.slots());
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
    int longPart = part(true);
    startPrompts(longPart, nowNs);
    Sequence next = nextPrompt(longPart);
    if (next == null) {
      return rows.isEmpty() ? new Idle() : decode(null, true);
    }
    Prompt input = next.inputToEncode();
    if (input == null && !next.scoresPrompt()) {
      if (rows.isEmpty()) {
        return prefill(next, prefillChunk);
      }
      int part = part(next == longPrompt);
      return decode(part == 0 ? null : prefill(next, part), false);
    }
    if (!rows.isEmpty() && !aloneTurn) {
      return decode(null, false);
    }
    aloneTurn = false;
    return input == null
        ? prefill(next, Math.min(prefillChunk, runner.maxExtension()))
        : new Encode(next, input);
  }

  /** Tokens of a prompt that may run now. */
  private int part(boolean ofLong) {
    return rows.isEmpty() ? prefillChunk : pace.tokens(rows.size(), ofLong);
  }

  /** Whose part runs next. */
  private @Nullable Sequence nextPrompt(int longPart) {
    Sequence small = shortPrompt;
    Sequence large = longPrompt;
    if (small == null || large == null) {
      return small == null ? large : small;
    }
    // The long one would join the decoding sequences in the slot of the short one.
    return longTurn && remaining(large) > longPart ? large : small;
  }

  private Prefill prefill(Sequence prompt, int most) {
    longTurn = prompt == shortPrompt;
    int tokens = Math.min(most, remaining(prompt));
    return new Prefill(prompt, prompt.cached(), prompt.cached() + tokens);
  }

  private Decode decode(@Nullable Prefill beside, boolean mayDraft) {
    aloneTurn = true;
    return new Decode(rows, beside, mayDraft);
  }

  /** A step gave each of its sequences a token, in one run that took so long. */
  void decoded(Decode step, long ns) {
    Prefill beside = step.beside();
    if (beside == null) {
      pace.decoded(step.rows().size(), ns);
    } else {
      pace.decoded(step.rows().size(), beside.tokens(), ns);
    }
    step.rows().forEach(row -> queue.generated(row.generation(), 1));
  }

  /** A run with a draft gave a sequence so many tokens. */
  void verified(Sequence sequence, int tokens) {
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
   * @param longPart tokens of the long prompt that may run next
   */
  private void startPrompts(int longPart, long nowNs) {
    if (shortPrompt == null && longPrompt == null) {
      startPrompt(queue.next(_ -> true), nowNs);
    }
    Sequence prompt = longPrompt;
    // A short one would be in the way of a long one that joins the decoding sequences.
    if (shortPrompt == null && prompt != null && remaining(prompt) > longPart) {
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
