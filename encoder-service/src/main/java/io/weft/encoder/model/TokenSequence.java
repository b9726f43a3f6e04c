package io.weft.encoder.model;

import org.jspecify.annotations.Nullable;

/**
 * One tokenized sequence as a request gave it: not yet checked against a model. Immutable by
 * agreement: the arrays are not copied, and nobody writes to them after construction.
 */
public final class TokenSequence {
  private static final int[] NOWHERE = {};

  private final int[] ids;
  private final int @Nullable [] typeIds;
  private final int[] scored;

  /**
   * @param ids token ids with special tokens
   * @param typeIds segment of each token, or null when all are 0
   */
  public TokenSequence(int[] ids, int @Nullable [] typeIds) {
    this(ids, typeIds, NOWHERE);
  }

  private TokenSequence(int[] ids, int @Nullable [] typeIds, int[] scored) {
    this.ids = ids;
    this.typeIds = typeIds;
    this.scored = scored;
  }

  /** A sequence whose tokens are all in segment 0. */
  public static TokenSequence of(int... ids) {
    return new TokenSequence(ids, null);
  }

  /**
   * The same sequence, for whose tokens at these positions a masked language model is to score its
   * vocabulary; other models do not look at them.
   *
   * @param positions each from 0 to {@code length() - 1}, at most once
   */
  public TokenSequence scoring(int... positions) {
    return new TokenSequence(ids, typeIds, positions);
  }

  /** Number of tokens. */
  public int length() {
    return ids.length;
  }

  /** The id at {@code position}. */
  public int id(int position) {
    return ids[position];
  }

  /** The segment at {@code position}. */
  public int typeId(int position) {
    return typeIds == null ? 0 : typeIds[position];
  }

  /** Number of positions at which the vocabulary is to be scored. */
  public int scoredCount() {
    return scored.length;
  }

  /** One of those positions. */
  int scored(int index) {
    return scored[index];
  }

  /** Number of segments given; as many as tokens in a valid sequence. */
  int typeIdCount() {
    return typeIds == null ? ids.length : typeIds.length;
  }
}
