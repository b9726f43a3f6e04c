package io.weft.generator.engine;

import io.weft.generator.engine.StepPlan.Decode;
import io.weft.generator.engine.StepPlan.Idle;
import io.weft.generator.engine.StepPlan.Prefill;
import io.weft.runtime.error.WeftException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides who holds a slot and what the next run of the model does.
 *
 * <p>Requests start in the order in which they came, one prompt at a time; whatever has begun runs
 * on until it ends, which its tokens bound, so that nothing starves. Decoding sequences hold the
 * slots 0 to n - 1 without a gap, as the model's runs want them: the last moves into a hole. The
 * prompt being prefilled holds the slot after them, and further ones start only when it is done.
 *
 * <p>The queue has no bound of its own: what is submitted was admitted. Mutable; belongs to the
 * engine's thread.
 */
final class Scheduler {
  /** Makes the sequences. */
  interface SequenceFactory {
    Sequence create(Generation generation, int index, int slot);
  }

  private final ModelRunner runner;
  private final int prefillChunk;
  private final SequenceFactory factory;

  /** Requests with sequences that have not begun; only the first may have begun others. */
  private final Deque<Generation> queue = new ArrayDeque<>();

  /** Decoding sequences; the one at i holds slot i. */
  private final List<Sequence> rows = new ArrayList<>();

  private @Nullable Sequence prefilling;

  /** Tokens of prompts that may still be prefilled before decoding sequences take their turn. */
  private int budget;

  /**
   * @param prefillChunk most tokens of prompts between two decode runs, at least 1
   */
  Scheduler(ModelRunner runner, int prefillChunk, SequenceFactory factory) {
    this.runner = runner;
    this.prefillChunk = prefillChunk;
    this.budget = prefillChunk;
    this.factory = factory;
  }

  void add(Generation generation) {
    queue.addLast(generation);
  }

  /** Whether there is nothing to run and nothing that waits. */
  boolean isIdle() {
    return queue.isEmpty() && rows.isEmpty() && prefilling == null;
  }

  /**
   * The next run. Decoding sequences take their turn after every {@code prefillChunk} tokens of
   * prompts, so that neither a long prompt nor many short ones hold them up for longer.
   */
  StepPlan plan(long nowNs) {
    Sequence next = prefilling;
    if (next == null && rows.size() < runner.slots() && !queue.isEmpty()) {
      next = start(queue.getFirst(), rows.size(), nowNs);
      copyPrompt(next);
      prefilling = next;
    }
    if (next != null) {
      int tokens = Math.min(next.prompt().length() - next.cached(), prefillChunk);
      if (rows.isEmpty() || tokens <= budget) {
        budget -= tokens;
        return new Prefill(next, next.cached(), next.cached() + tokens);
      }
    }
    budget = prefillChunk;
    return rows.isEmpty() ? new Idle() : new Decode(rows);
  }

  /**
   * The prompt is in its slot whole: its sequence decodes from now on, and so do its siblings as
   * far as there are slots, from copies of it.
   *
   * @return the sequences that the prompt's logits are for
   */
  List<Sequence> prefilled(Sequence first, long nowNs) {
    prefilling = null;
    int row = rows.size();
    if (first.slot() != row) {
      // Rows before it have ended since it began.
      move(first, row);
    }
    rows.add(first);
    first.prefilled();
    Generation generation = first.generation();
    while (generation.hasUnstarted() && rows.size() < runner.slots()) {
      runner.copySlot(first.slot(), rows.size(), first.cached());
      Sequence sibling = start(generation, rows.size(), nowNs);
      sibling.cached(first.cached());
      rows.add(sibling);
    }
    return List.copyOf(rows.subList(row, rows.size()));
  }

  /** Ends what its caller no longer wants, and takes the slots of all that has ended. */
  void sweep(long nowNs) {
    endUnwanted(nowNs);
    queue.removeIf(Generation::isEnded);
    Sequence prompt = prefilling;
    if (prompt != null && isGone(prompt)) {
      prefilling = null;
      runner.freeSlot(prompt.slot());
    }
    // From the last row up, so that a row that moves is one that stays.
    for (int row = rows.size() - 1; row >= 0; row--) {
      if (isGone(rows.get(row))) {
        remove(row);
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
    List<Sequence> running = sequences();
    Sequence prompt = prefilling;
    long waitingTokens = prompt == null ? 0 : prompt.prompt().length() - prompt.cached();
    int waiting = 0;
    for (Generation generation : queue) {
      if (!generation.hasStarted()) {
        waiting++;
        waitingTokens += generation.request().prompt().length();
      }
    }
    long used = running.stream().mapToLong(Sequence::cached).sum();
    return new EngineLoad(
        running.size(),
        waiting,
        runner.slots(),
        waitingTokens,
        (float) used / ((long) runner.slots() * runner.capacity()));
  }

  private Sequence start(Generation generation, int slot, long nowNs) {
    Sequence sequence = factory.create(generation, generation.startNext(nowNs), slot);
    if (!generation.hasUnstarted()) {
      queue.remove(generation);
    }
    return sequence;
  }

  /**
   * A sibling that runs already has the prompt in its slot. Only the last token is then run again,
   * for its logits.
   */
  private void copyPrompt(Sequence sequence) {
    int tokens = sequence.prompt().length() - 1;
    for (Sequence row : rows) {
      if (row.generation() == sequence.generation() && tokens > 0) {
        runner.copySlot(row.slot(), sequence.slot(), tokens);
        sequence.cached(tokens);
        return;
      }
    }
  }

  private List<Sequence> sequences() {
    List<Sequence> all = new ArrayList<>(rows);
    if (prefilling != null) {
      all.add(prefilling);
    }
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
