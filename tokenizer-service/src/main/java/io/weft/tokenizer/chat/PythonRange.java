package io.weft.tokenizer.chat;

import java.util.AbstractList;
import java.util.Objects;
import java.util.RandomAccess;

/** What {@code range} gives: numbers that are made as they are asked for. */
final class PythonRange extends AbstractList<Object> implements RandomAccess {
  private final long start;
  private final long step;
  private final int size;

  PythonRange(long start, long step, int size) {
    this.start = start;
    this.step = step;
    this.size = size;
  }

  @Override
  public Object get(int index) {
    return start + Objects.checkIndex(index, size) * step;
  }

  @Override
  public int size() {
    return size;
  }
}
