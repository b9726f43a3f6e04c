package io.weft.tokenizer.chat;

import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the values of one rendering take at most, in bytes. What an expression makes counts until it
 * has its value. Lists, dictionaries and blocks of output, with the texts and numbers in them,
 * count from when they are made to the end, since nothing tells when they are no longer kept; texts
 * in variables count from when they are set, and in a namespace until another takes their place:
 * templates add up whole prompts there.
 */
final class RenderingMemory {
  /** What a value takes beside its letters or elements. */
  private static final int OBJECT = 48;

  /** A reference; growing lists have more than they need. */
  private static final int ELEMENT = 8;

  /** A key and a value of a dictionary. */
  private static final int ENTRY = 64;

  private static final int NUMBER = 16;
  private static final int LETTER = OBJECT + ELEMENT;

  /** The scope that a macro keeps. */
  private static final int SCOPE = 1_000;

  private final long limit;
  private long kept;

  /** Of expressions that have no value yet, one within the other. */
  private long temporary;

  RenderingMemory(long limit) {
    this.limit = limit;
  }

  /**
   * Counts the result of an operation.
   *
   * @return the result
   */
  @Nullable Object made(@Nullable Object value) {
    switch (value) {
      case PythonRange _ -> kept += OBJECT;
      case Collection<?> list -> list(list);
      case Map<?, ?> map -> {
        kept += OBJECT + (long) ENTRY * map.size();
        map.forEach((key, element) -> kept += plain(key) + plain(element));
      }
      case null, default -> temporary += plain(value);
    }
    check();
    return value;
  }

  /** Counts a list of which no operation is the result. */
  void list(Collection<?> list) {
    kept += OBJECT + (long) ELEMENT * list.size();
    for (Object element : list) {
      kept += plain(element);
    }
    check();
  }

  /** Counts the letters of a text, each a text of its own. */
  void letters(String text) {
    kept += (long) LETTER * text.length();
    check();
  }

  void macro() {
    kept += SCOPE;
    check();
  }

  /** Counts a piece of output, which each block around it copies. */
  void printed(String text) {
    kept += 2L * text.length();
    check();
  }

  /** A variable has a value now. */
  void set(@Nullable Object value) {
    replaced(null, value);
  }

  /** A field of a namespace has another value now. */
  void replaced(@Nullable Object before, @Nullable Object now) {
    kept += plain(now) - plain(before);
    check();
  }

  /** An expression reads a field of a namespace, which a macro may set anew before its end. */
  void read(@Nullable Object value) {
    temporary += plain(value);
    check();
  }

  /** What counts when an expression begins, to be given back to {@link #end}. */
  long begin() {
    return temporary;
  }

  void end(long begin) {
    temporary = begin;
  }

  private static long plain(@Nullable Object value) {
    return switch (value) {
      case String text -> OBJECT + 2L * text.length();
      case Number _ -> NUMBER;
      case null, default -> 0; // one of a kind, or counted when it was made
    };
  }

  private void check() {
    if (kept + temporary > limit) {
      throw TemplateException.limit("rendering keeps values of more than %,d bytes", limit);
    }
  }
}
