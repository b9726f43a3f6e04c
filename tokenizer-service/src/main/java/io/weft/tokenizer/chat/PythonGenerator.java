package io.weft.tokenizer.chat;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What filters such as {@code map} and {@code select} give in Jinja2: true even where nothing is in
 * it, without a length or places, and empty once it has been run through.
 */
final class PythonGenerator {
  private final Iterator<@Nullable Object> elements;

  PythonGenerator(List<@Nullable Object> elements) {
    TemplateInterpreter.current().memory().list(elements);
    this.elements = elements.iterator();
  }

  /** The next element; null after the last. */
  @Nullable Object next() {
    return elements.hasNext() ? elements.next() : null;
  }

  /** All that is left. */
  List<@Nullable Object> rest() {
    List<@Nullable Object> rest = new ArrayList<>();
    elements.forEachRemaining(rest::add);
    return rest;
  }
}
