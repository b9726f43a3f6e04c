package io.weft.encoder.batch;

import io.weft.encoder.model.TokenSequence;
import java.util.ArrayList;
import java.util.List;

/**
 * Sequences that run together. Mutable while the queue fills it, then owned by the loop's thread.
 * Its cost is counted in places, rows × longest row: what attention works on once rows are spread.
 */
final class Batch {
  private final int maxTokens;
  private final List<QueueEntry> entries = new ArrayList<>();
  private int tokens;
  private int longest;
  private boolean small;

  Batch(int maxTokens) {
    this.maxTokens = maxTokens;
  }

  /**
   * Whether a sequence of {@code length} tokens keeps the batch in its budget; the first always
   * does.
   */
  boolean accepts(int length) {
    return entries.isEmpty() || (entries.size() + 1L) * Math.max(longest, length) <= maxTokens;
  }

  /** Whether not even the shortest sequence would fit. */
  boolean isFull() {
    return !accepts(1);
  }

  void add(QueueEntry entry) {
    int length = entry.sequence().length();
    entries.add(entry);
    tokens += length;
    longest = Math.max(longest, length);
  }

  /** Says that it holds a sequence of a small request. */
  void markSmall() {
    small = true;
  }

  /** Whether it holds a sequence of a small request. */
  boolean hasSmall() {
    return small;
  }

  List<QueueEntry> entries() {
    return entries;
  }

  List<TokenSequence> sequences() {
    return entries.stream().map(QueueEntry::sequence).toList();
  }

  /** Tokens of all sequences, without padding. */
  int tokens() {
    return tokens;
  }

  /** Length of the longest sequence. */
  int longest() {
    return longest;
  }
}
