package io.weft.generator.engine;

import org.jspecify.annotations.Nullable;

/**
 * A decoder that is run step by step over slots, each of which remembers the tokens of one sequence
 * (its keys and values). Where tensors live is the runner's secret. Owned by one thread, which
 * closes it.
 *
 * <p>With an encoder-decoder a slot remembers what the encoder made of its input too: {@link
 * #encode} comes before the first {@link #prefill}, and all else is as with a decoder alone.
 *
 * <p>Every method that runs the model may throw {@link
 * io.weft.runtime.error.WeftException.Internal}: the step failed, the runner goes on.
 */
public interface ModelRunner extends AutoCloseable {
  /** Tokens of a block that is kept outside the slots. */
  int BLOCK_TOKENS = 16;

  /** Number of logits of a position. */
  int vocabularySize();

  /** Sequences that have room at one time. */
  int slots();

  /** Tokens that a slot has room for. */
  int capacity();

  /** Tokens of the longest input of an encoder-decoder; 0 for a decoder alone. */
  int inputCapacity();

  /**
   * Begins a sequence of an encoder-decoder: reads the input that its tokens attend to. Gives no
   * logits.
   *
   * @param slot 0 to slots - 1; what it held is gone
   * @param input at most the input capacity
   */
  void encode(int slot, Prompt input);

  /** Appends a part of a prompt. Row 0 of the logits is then that after its last token. */
  void prefill(PromptPart part);

  /**
   * Appends one token to each of the slots 0 to rows - 1. Row i of the logits is then that of slot
   * i.
   *
   * @param rows 1 to slots
   * @param tokens the new tokens, by slot
   * @param lengths tokens that each slot holds before, less than the capacity
   * @param beside appended as well, to a slot that is none of these; row {@code rows} of the logits
   *     is then that after its last token
   */
  void decode(int rows, int[] tokens, int[] lengths, @Nullable PromptPart beside);

  /** Most tokens that {@link #extend} takes; 0 when the runner cannot. */
  int maxExtension();

  /**
   * Appends several tokens to one slot. Row i of the logits is then that after {@code tokens[i]}.
   * What a slot holds beyond {@code length} is written over.
   *
   * @param length tokens that the slot holds before
   * @param count 1 to {@link #maxExtension}; {@code length + count} is at most the capacity
   */
  void extend(int slot, int length, int[] tokens, int count);

  /**
   * Copies a row of the last run's logits.
   *
   * @param into as long as the vocabulary
   */
  void readLogits(int row, float[] into);

  /**
   * Copies the first tokens of one slot to another, with what its encoder read.
   *
   * @param tokens 0 to those that the slot holds
   */
  void copySlot(int from, int to, int tokens);

  /** A slot is no longer used: its memory may go. */
  void freeSlot(int slot);

  /** Blocks of {@link #BLOCK_TOKENS} tokens that can be kept outside the slots; 0 for none. */
  int blocks();

  /** Bytes of one such block. */
  long blockBytes();

  /**
   * Keeps the tokens [from, from + BLOCK_TOKENS) of a slot in a block, over what was there.
   *
   * @param block 0 to blocks - 1
   */
  void saveBlock(int slot, int from, int block);

  /**
   * Appends what a block holds to a slot, bit for bit as it was saved.
   *
   * @param from tokens that the slot holds; as many as stood before the block when it was saved
   */
  void restoreBlock(int block, int slot, int from);

  @Override
  void close();
}
