package io.weft.generator.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;

/**
 * A model whose slots hold the tokens themselves, and whose logits are a hash of all tokens of a
 * slot: a token in the wrong slot, or at the wrong place, changes what follows. Refuses any use
 * that breaks the contract of {@link ModelRunner}. It takes prompts with and without an input.
 */
final class FakeModelRunner implements ModelRunner {
  static final int VOCABULARY = 40;

  static final int MAX_EXTENSION = 6;

  /** After this token all logits are NaN. */
  static final int POISON = 39;

  private final List<List<Integer>> slots = new ArrayList<>();

  /** What the encoder read, by slot; nothing of a prompt without an input. */
  private final List<List<Integer>> inputs = new ArrayList<>();

  private final int capacity;

  /** In each block all tokens up to its end: it is right only after the same tokens as before. */
  private final List<List<Integer>> blocks;

  private final List<String> runs = new ArrayList<>();
  private List<List<Integer>> rows = List.of();
  private Runnable beforeRun = () -> {};
  private boolean closed;
  private int memory = Integer.MAX_VALUE;
  private int restored;

  /** Which slots hold whole prompts, and so wait for decode runs. */
  private final boolean[] decoding;

  /** Which slots may hold guesses that were wrong, behind their tokens. */
  private final boolean[] extended;

  private final int chunk;

  /** Whether there was a run since the last decode run that gave no token to what decodes. */
  private boolean heldUp;

  FakeModelRunner(int slots, int capacity) {
    this(slots, capacity, 0);
  }

  /**
   * @param blocks blocks of tokens that it keeps outside the slots
   */
  FakeModelRunner(int slots, int capacity, int blocks) {
    this(slots, capacity, blocks, Harness.CHUNK);
  }

  /**
   * @param blocks blocks of tokens that it keeps outside the slots
   * @param chunk most tokens of a prompt in one run
   */
  FakeModelRunner(int slots, int capacity, int blocks, int chunk) {
    this.capacity = capacity;
    this.chunk = chunk;
    this.decoding = new boolean[slots];
    this.extended = new boolean[slots];
    this.blocks = new ArrayList<>(Collections.nCopies(blocks, List.of()));
    for (int i = 0; i < slots; i++) {
      this.slots.add(new ArrayList<>());
      this.inputs.add(List.of());
    }
  }

  /** From now on the logits are those of the last tokens only, so that texts repeat themselves. */
  FakeModelRunner remembering(int tokens) {
    memory = tokens;
    return this;
  }

  /** Called on the engine's thread before each run; may throw, and then the run fails. */
  void beforeRun(Runnable action) {
    beforeRun = action;
  }

  /** Runs so far, as "prefill 3", "decode 2" and "decode 2 beside 3". */
  List<String> runs() {
    return runs;
  }

  long usedSlots() {
    return IntStream.range(0, slots.size())
        .filter(i -> !slots.get(i).isEmpty() || !inputs.get(i).isEmpty())
        .count();
  }

  private boolean anyDecodes() {
    for (boolean slot : decoding) {
      if (slot) {
        return true;
      }
    }
    return false;
  }

  private void holdUp() {
    Assertions.assertFalse(heldUp && anyDecodes(), "what decodes is held up");
    heldUp = anyDecodes();
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public int vocabularySize() {
    return VOCABULARY;
  }

  @Override
  public int slots() {
    return slots.size();
  }

  @Override
  public int capacity() {
    return capacity;
  }

  @Override
  public int inputCapacity() {
    return capacity;
  }

  @Override
  public void encode(int slot, Prompt input) {
    Assertions.assertFalse(closed);
    Assertions.assertTrue(input.length() <= capacity);
    Assertions.assertTrue(slots.get(slot).isEmpty() && inputs.get(slot).isEmpty(), "a used slot");
    runs.add("encode " + input.length());
    holdUp();
    beforeRun.run();
    inputs.set(slot, tokens(input));
  }

  @Override
  public void prefill(PromptPart part) {
    Assertions.assertFalse(anyDecodes(), "a prompt holds up what decodes");
    runs.add("prefill " + part.length());
    append(part);
    beforeRun.run();
    rows = List.of(read(part.slot()));
  }

  private void append(PromptPart part) {
    Prompt prompt = part.prompt();
    Assertions.assertFalse(closed);
    Assertions.assertTrue(
        part.from() < part.to() && part.to() <= Math.min(prompt.length(), capacity));
    List<Integer> tokens = slots.get(part.slot());
    Assertions.assertEquals(part.from(), tokens.size(), "tokens in the slot");
    Assertions.assertTrue(part.length() <= chunk, "tokens of a run");
    Assertions.assertEquals(
        prompt.input() == null ? List.of() : tokens(prompt.input()),
        inputs.get(part.slot()),
        "input");
    decoding[part.slot()] = part.to() == prompt.length();
    for (int i = part.from(); i < part.to(); i++) {
      tokens.add(prompt.id(i));
    }
  }

  @Override
  public void decode(int count, int[] tokens, int[] lengths, @Nullable PromptPart beside) {
    Assertions.assertFalse(closed);
    Assertions.assertTrue(count >= 1 && count <= slots.size());
    runs.add("decode " + count + (beside == null ? "" : " beside " + beside.length()));
    heldUp = false;
    beforeRun.run();
    List<List<Integer>> result = new ArrayList<>();
    for (int row = 0; row < count; row++) {
      List<Integer> slot = slots.get(row);
      if (extended[row]) {
        // Guesses that were wrong are written over.
        Assertions.assertTrue(lengths[row] <= slot.size(), "tokens in slot " + row);
        slot.subList(lengths[row], slot.size()).clear();
        extended[row] = false;
      }
      Assertions.assertEquals(lengths[row], slot.size(), "tokens in slot " + row);
      Assertions.assertTrue(slot.size() < capacity, "room in slot " + row);
      slot.add(tokens[row]);
      result.add(read(row));
    }
    if (beside != null) {
      Assertions.assertTrue(beside.slot() >= count, "a slot of its own");
      append(beside);
      result.add(read(beside.slot()));
    }
    rows = result;
  }

  @Override
  public int maxExtension() {
    return MAX_EXTENSION;
  }

  @Override
  public void extend(int slot, int length, int[] tokens, int count) {
    Assertions.assertFalse(closed);
    Assertions.assertTrue(count >= 1 && count <= MAX_EXTENSION);
    List<Integer> held = slots.get(slot);
    Assertions.assertTrue(length <= held.size(), "tokens in the slot");
    Assertions.assertTrue(length + count <= capacity, "room in slot " + slot);
    runs.add("extend " + count);
    beforeRun.run();
    Assertions.assertTrue(length == held.size() || extended[slot], "tokens in slot " + slot);
    held.subList(length, held.size()).clear();
    extended[slot] = count > 1;
    if (decoding[slot]) {
      heldUp = false;
    }
    List<List<Integer>> result = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      held.add(tokens[i]);
      result.add(read(slot));
    }
    rows = result;
  }

  @Override
  public void readLogits(int row, float[] into) {
    List<Integer> tokens = rows.get(row);
    List<Integer> seen = tokens.subList(Math.max(0, tokens.size() - memory), tokens.size());
    System.arraycopy(logits(seen), 0, into, 0, VOCABULARY);
  }

  @Override
  public void copySlot(int from, int to, int tokens) {
    Assertions.assertTrue(tokens <= slots.get(from).size());
    decoding[to] = decoding[from] && tokens == slots.get(from).size();
    slots.set(to, new ArrayList<>(slots.get(from).subList(0, tokens)));
    inputs.set(to, inputs.get(from));
    extended[to] = false;
  }

  @Override
  public void freeSlot(int slot) {
    slots.get(slot).clear();
    decoding[slot] = false;
    extended[slot] = false;
    inputs.set(slot, List.of());
  }

  @Override
  public int blocks() {
    return blocks.size();
  }

  @Override
  public long blockBytes() {
    return 100;
  }

  @Override
  public void saveBlock(int slot, int from, int block) {
    int to = from + BLOCK_TOKENS;
    Assertions.assertTrue(to <= slots.get(slot).size(), "tokens to save");
    blocks.set(block, List.copyOf(slots.get(slot).subList(0, to)));
  }

  @Override
  public void restoreBlock(int block, int slot, int from) {
    List<Integer> tokens = slots.get(slot);
    List<Integer> saved = blocks.get(block);
    Assertions.assertEquals(from, tokens.size(), "tokens in the slot");
    Assertions.assertEquals(saved.subList(0, from), tokens, "tokens before the block");
    tokens.addAll(saved.subList(from, saved.size()));
    restored++;
  }

  /** Blocks that were put back into slots. */
  int restored() {
    return restored;
  }

  @Override
  public void close() {
    Assertions.assertFalse(closed, "closed twice");
    closed = true;
  }

  /** All that a slot's logits depend on: its input, then its tokens. */
  private List<Integer> read(int slot) {
    List<Integer> all = new ArrayList<>(inputs.get(slot));
    all.addAll(slots.get(slot));
    return all;
  }

  private static List<Integer> tokens(Prompt prompt) {
    return IntStream.range(0, prompt.length()).map(prompt::id).boxed().toList();
  }

  static float[] logits(List<Integer> tokens) {
    float[] logits = new float[VOCABULARY];
    if (tokens.getLast() == POISON) {
      Arrays.fill(logits, Float.NaN);
      return logits;
    }
    SplittableRandom random = new SplittableRandom(tokens.hashCode());
    for (int i = 0; i < VOCABULARY; i++) {
      logits[i] = (float) (4 * random.nextDouble());
    }
    // Never chosen, unless a bias wants it.
    logits[POISON] = -50;
    return logits;
  }

  /** The token that follows greedily. */
  static int greedy(List<Integer> tokens) {
    float[] logits = logits(tokens);
    int best = 0;
    for (int i = 1; i < VOCABULARY; i++) {
      best = logits[i] > logits[best] ? i : best;
    }
    return best;
  }
}
