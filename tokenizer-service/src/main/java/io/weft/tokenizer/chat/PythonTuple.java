package io.weft.tokenizer.chat;

import com.hubspot.jinjava.objects.PyWrapper;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/** A {@code tuple}: prints in parentheses and equals no list. Jinjava leaves it as it is. */
final class PythonTuple extends AbstractList<@Nullable Object> implements PyWrapper, RandomAccess {
  private final @Nullable Object[] elements;

  private PythonTuple(@Nullable Object[] elements) {
    this.elements = elements;
  }

  static PythonTuple of(@Nullable Object... elements) {
    return new PythonTuple(elements.clone());
  }

  static PythonTuple copyOf(List<@Nullable Object> elements) {
    return new PythonTuple(elements.toArray());
  }

  @Override
  public @Nullable Object get(int index) {
    return elements[index];
  }

  @Override
  public int size() {
    return elements.length;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PythonTuple tuple && Python.equal(this, tuple);
  }

  @Override
  public int hashCode() {
    TemplateInterpreter.current().step();
    return Arrays.hashCode(elements);
  }
}
