package io.weft.gateway.backend;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;

/** An immutable sequence of token ids. */
public final class TokenIds {
  private final int[] ids;

  private TokenIds(int[] ids) {
    this.ids = ids;
  }

  /** A copy of {@code ids}. */
  public static TokenIds of(int... ids) {
    return new TokenIds(ids.clone());
  }

  /** A copy of {@code ids}. */
  public static TokenIds of(List<Integer> ids) {
    return new TokenIds(ids.stream().mapToInt(Integer::intValue).toArray());
  }

  /** The ids from {@code start} to before {@code end}. */
  public TokenIds range(int start, int end) {
    return new TokenIds(Arrays.copyOfRange(ids, start, end));
  }

  /** The same ids but for the one at {@code position}. */
  public TokenIds with(int position, int id) {
    int[] changed = ids.clone();
    changed[position] = id;
    return new TokenIds(changed);
  }

  /** How many of them are {@code id}. */
  public long count(int id) {
    return Arrays.stream(ids).filter(other -> other == id).count();
  }

  /** The ids as a list. */
  public List<Integer> toList() {
    return Arrays.stream(ids).boxed().toList();
  }

  /** The first id. */
  public int first() {
    return ids[0];
  }

  /** Number of tokens. */
  public int size() {
    return ids.length;
  }

  /** Hands over each id in order. */
  public void forEach(IntConsumer consumer) {
    for (int id : ids) {
      consumer.accept(id);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TokenIds that && Arrays.equals(ids, that.ids);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(ids);
  }

  /** Names the size only: ids are as private as the text they stand for. */
  @Override
  public String toString() {
    return ids.length + " token ids";
  }

  /** Collects ids one by one. */
  public static final class Builder {
    private int[] ids = new int[16];
    private int size;

    /** Appends one id. */
    public void add(int id) {
      if (size == ids.length) {
        ids = Arrays.copyOf(ids, size * 2);
      }
      ids[size++] = id;
    }

    /** Number of ids so far. */
    public int size() {
      return size;
    }

    /** What was added. */
    public TokenIds build() {
      return new TokenIds(Arrays.copyOf(ids, size));
    }
  }
}
