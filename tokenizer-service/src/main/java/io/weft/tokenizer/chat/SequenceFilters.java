package io.weft.tokenizer.chat;

import io.weft.tokenizer.chat.TemplateFilters.Arguments;
import io.weft.tokenizer.chat.TemplateFilters.Body;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Filters over lists. */
final class SequenceFilters {
  private SequenceFilters() {}

  static void register(BiConsumer<String, Body> filters) {
    filters.accept("length", (v, args) -> Python.length(v));
    filters.accept("count", (v, args) -> Python.length(v));
    filters.accept("list", (v, args) -> Python.iterate(v));
    filters.accept("first", (v, args) -> Python.iterate(v).stream().findFirst().orElse(null));
    filters.accept("last", (v, args) -> last(Python.iterate(v)));
    filters.accept("join", SequenceFilters::join);
    filters.accept("reverse", SequenceFilters::reverse);
    filters.accept("sort", SequenceFilters::sort);
    filters.accept("unique", SequenceFilters::unique);
    filters.accept("min", (v, args) -> extreme(v, -1));
    filters.accept("max", (v, args) -> extreme(v, 1));
    filters.accept("sum", SequenceFilters::sum);
    filters.accept("items", SequenceFilters::items);
    filters.accept("dictsort", SequenceFilters::dictSort);
    filters.accept("map", SequenceFilters::map);
    filters.accept("select", (v, args) -> select(v, args, false, true));
    filters.accept("reject", (v, args) -> select(v, args, false, false));
    filters.accept("selectattr", (v, args) -> select(v, args, true, true));
    filters.accept("rejectattr", (v, args) -> select(v, args, true, false));
  }

  private static @Nullable Object last(List<@Nullable Object> values) {
    return values.isEmpty() ? null : values.getLast();
  }

  private static Object join(@Nullable Object value, Arguments args) {
    String separator = args.optionalText(0, "d");
    String attribute = args.optionalText(1, "attribute");
    StringBuilder text = new StringBuilder();
    boolean first = true;
    for (Object element : Python.iterate(value)) {
      text.append(first || separator == null ? "" : separator);
      first = false;
      text.append(Python.text(attribute == null ? element : attribute(element, attribute)));
      TemplateInterpreter.current().checkLength(text.length());
    }
    return text.toString();
  }

  private static Object reverse(@Nullable Object value, Arguments args) {
    if (value instanceof String text) {
      return new StringBuilder(text).reverse().toString();
    }
    List<@Nullable Object> reversed = Python.iterate(value);
    Collections.reverse(reversed);
    return reversed;
  }

  private static Object sort(@Nullable Object value, Arguments args) {
    boolean reverse = Python.truth(args.value(0, "reverse"));
    boolean caseSensitive = Python.truth(args.value(1, "case_sensitive"));
    String attribute = args.optionalText(2, "attribute");
    List<@Nullable Object> sorted = new ArrayList<>(Python.iterate(value));
    sorted.sort(
        (a, b) ->
            TemplateFilters.compare(
                sortKey(a, attribute, caseSensitive), sortKey(b, attribute, caseSensitive)));
    if (reverse) {
      Collections.reverse(sorted);
    }
    return sorted;
  }

  private static @Nullable Object sortKey(
      @Nullable Object element, @Nullable String attribute, boolean caseSensitive) {
    Object key = attribute == null ? element : attribute(element, attribute);
    return !caseSensitive && key instanceof String text ? PythonMethods.lower(text) : key;
  }

  private static Object unique(@Nullable Object value, Arguments args) {
    boolean caseSensitive = Python.truth(args.value(0, "case_sensitive"));
    String attribute = args.optionalText(1, "attribute");
    List<@Nullable Object> seen = new ArrayList<>();
    List<@Nullable Object> unique = new ArrayList<>();
    for (Object element : Python.iterate(value)) {
      TemplateInterpreter.current().step();
      Object key = sortKey(element, attribute, caseSensitive);
      if (seen.stream().noneMatch(other -> Python.equal(other, key))) {
        seen.add(key);
        unique.add(element);
      }
    }
    return unique;
  }

  private static @Nullable Object extreme(@Nullable Object value, int sign) {
    List<@Nullable Object> values = Python.iterate(value);
    if (values.isEmpty()) {
      return null;
    }
    Object best = values.getFirst();
    for (Object element : values) {
      best =
          sign * TemplateFilters.compare(sortKey(element, null, false), sortKey(best, null, false))
                  > 0
              ? element
              : best;
    }
    return best;
  }

  private static Object sum(@Nullable Object value, Arguments args) {
    String attribute = args.optionalText(0, "attribute");
    long whole = 0;
    double sum = 0;
    boolean isWhole = true;
    for (Object element : Python.iterate(value)) {
      Object term = attribute == null ? element : attribute(element, attribute);
      if (!(term instanceof Number number)) {
        throw TemplateException.evaluation("filter 'sum' cannot add %s", Python.typeName(term));
      }
      isWhole &= Python.isInteger(number);
      whole += number.longValue();
      sum += number.doubleValue();
    }
    return isWhole ? (Object) whole : (Object) sum;
  }

  private static @Nullable Object items(@Nullable Object value, Arguments args) {
    if (value == null) {
      return List.of();
    }
    return PythonMethods.call(value, "items", List.of());
  }

  private static Object dictSort(@Nullable Object value, Arguments args) {
    if (!(value instanceof Map<?, ?> map)) {
      throw TemplateException.evaluation(
          "filter 'dictsort' wants dict, not %s", Python.typeName(value));
    }
    boolean caseSensitive = Python.truth(args.value(0, "case_sensitive"));
    int by = "value".equals(args.value(1, "by")) ? 1 : 0;
    boolean reverse = Python.truth(args.value(2, "reverse"));
    List<List<@Nullable Object>> pairs = new ArrayList<>();
    map.forEach((key, element) -> pairs.add(PythonMethods.listOf(key, element)));
    pairs.sort(
        (a, b) ->
            TemplateFilters.compare(
                sortKey(a.get(by), null, caseSensitive), sortKey(b.get(by), null, caseSensitive)));
    if (reverse) {
      Collections.reverse(pairs);
    }
    return pairs;
  }

  /** These filters take whatever is false, None too, for an empty sequence. */
  private static List<@Nullable Object> elementsIfTrue(@Nullable Object value) {
    return Python.truth(value) ? Python.iterate(value) : List.of();
  }

  private static Object map(@Nullable Object value, Arguments args) {
    String attribute = args.optionalText(-1, "attribute");
    List<@Nullable Object> mapped = new ArrayList<>();
    for (Object element : elementsIfTrue(value)) {
      TemplateInterpreter.current().step();
      if (attribute == null) {
        mapped.add(TemplateFilters.apply(args.text(0, "filter"), element, args.from(1)));
      } else {
        Object found = attribute(element, attribute);
        mapped.add(found == null ? args.named().get("default") : found);
      }
    }
    return mapped;
  }

  private static Object select(
      @Nullable Object value, Arguments args, boolean byAttribute, boolean wanted) {
    int testAt = byAttribute ? 1 : 0;
    List<@Nullable Object> selected = new ArrayList<>();
    for (Object element : elementsIfTrue(value)) {
      TemplateInterpreter.current().step();
      Object subject = byAttribute ? attribute(element, args.text(0, "attribute")) : element;
      boolean holds =
          args.values().size() > testAt
              ? TemplateTests.holds(args.text(testAt, "test"), subject, args.from(testAt + 1))
              : Python.truth(subject);
      if (holds == wanted) {
        selected.add(element);
      }
    }
    return selected;
  }

  /** {@code element.path}, where the path may name attributes of attributes. */
  private static @Nullable Object attribute(@Nullable Object element, String path) {
    Object value = element;
    for (String name : path.split("\\.", -1)) {
      value = value instanceof Map<?, ?> map ? map.get(name) : null;
    }
    return value;
  }
}
