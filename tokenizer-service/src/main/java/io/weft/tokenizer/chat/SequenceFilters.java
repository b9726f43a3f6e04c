package io.weft.tokenizer.chat;

import com.hubspot.jinjava.objects.Namespace;
import io.weft.tokenizer.chat.TemplateFilters.Arguments;
import io.weft.tokenizer.chat.TemplateFilters.Body;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Filters over lists. */
final class SequenceFilters {
  private SequenceFilters() {}

  /** Takes a filter, what it does and the names of its arguments. */
  interface Registry {
    void accept(String name, Body body, String... parameters);
  }

  static void register(Registry filters) {
    filters.accept("length", (v, args) -> Python.length(v));
    filters.accept("count", (v, args) -> Python.length(v));
    filters.accept("list", (v, args) -> Python.iterate(v));
    filters.accept("first", (v, args) -> first(v));
    filters.accept("last", (v, args) -> last(v));
    filters.accept("join", SequenceFilters::join, "d", "attribute");
    filters.accept("reverse", (v, args) -> reverse(v));
    filters.accept("sort", SequenceFilters::sort, "reverse", "case_sensitive", "attribute");
    filters.accept("unique", SequenceFilters::unique, "case_sensitive", "attribute");
    filters.accept("min", (v, args) -> extreme(v, args, -1), "case_sensitive", "attribute");
    filters.accept("max", (v, args) -> extreme(v, args, 1), "case_sensitive", "attribute");
    filters.accept("sum", SequenceFilters::sum, "attribute", "start");
    filters.accept("items", (v, args) -> items(v));
    filters.accept("dictsort", SequenceFilters::dictSort, "case_sensitive", "by", "reverse");
    filters.accept("map", SequenceFilters::map, "*");
    filters.accept("select", (v, args) -> select(v, args, false, true), "*");
    filters.accept("reject", (v, args) -> select(v, args, false, false), "*");
    filters.accept("selectattr", (v, args) -> select(v, args, true, true), "*");
    filters.accept("rejectattr", (v, args) -> select(v, args, true, false), "*");
  }

  private static @Nullable Object first(@Nullable Object value) {
    if (value instanceof PythonGenerator generator) {
      return generator.next();
    }
    List<@Nullable Object> values = Python.iterate(value);
    return values.isEmpty() ? null : values.getFirst();
  }

  private static @Nullable Object last(@Nullable Object value) {
    if (value instanceof PythonGenerator) {
      throw TemplateException.evaluation("filter 'last' wants what has an end, not a generator");
    }
    List<@Nullable Object> values = Python.iterate(value);
    return values.isEmpty() ? null : values.getLast();
  }

  private static Object join(@Nullable Object value, Arguments args) {
    Object given = args.value(0, "d");
    String separator = Python.text(given);
    Attribute attribute = Attribute.of(args.value(1, "attribute"), null);
    StringBuilder text = new StringBuilder();
    boolean first = true;
    for (Object element : Python.iterate(value)) {
      text.append(first ? "" : separator);
      first = false;
      text.append(Python.text(attribute.of(element)));
      TemplateInterpreter.current().checkLength(text.length());
    }
    return text.toString();
  }

  private static Object reverse(@Nullable Object value) {
    if (value instanceof String text) {
      return new StringBuilder(text).reverse().toString();
    }
    return new PythonGenerator(Python.iterate(value).reversed());
  }

  private static Object sort(@Nullable Object value, Arguments args) {
    boolean caseSensitive = Python.truth(args.value(1, "case_sensitive"));
    Object attribute = args.value(2, "attribute");
    List<Attribute> attributes =
        attribute instanceof String names
            ? Arrays.stream(names.split(",", -1)).map(name -> Attribute.of(name, null)).toList()
            : List.of(Attribute.of(attribute, null));
    List<@Nullable Object> sorted = new ArrayList<>(Python.iterate(value));
    sort(
        sorted,
        element ->
            attributes.stream()
                .map(a -> ignoringCase(a.of(element), caseSensitive))
                .collect(Collectors.toCollection(ArrayList::new)),
        Python.truth(args.value(0, "reverse")));
    return sorted;
  }

  /** Sorts by keys; equal ones keep their order, in reverse too. */
  private static <T extends @Nullable Object> void sort(
      List<T> elements, Function<T, @Nullable Object> key, boolean reverse) {
    Comparator<T> order = (a, b) -> Python.compare(key.apply(a), key.apply(b));
    elements.sort(reverse ? order.reversed() : order);
  }

  private static @Nullable Object ignoringCase(@Nullable Object key, boolean caseSensitive) {
    return !caseSensitive && key instanceof String text ? PythonMethods.lower(text) : key;
  }

  private static Object unique(@Nullable Object value, Arguments args) {
    boolean caseSensitive = Python.truth(args.value(0, "case_sensitive"));
    Attribute attribute = Attribute.of(args.value(1, "attribute"), null);
    List<@Nullable Object> seen = new ArrayList<>();
    List<@Nullable Object> unique = new ArrayList<>();
    for (Object element : Python.iterate(value)) {
      TemplateInterpreter.current().step();
      Object key = ignoringCase(attribute.of(element), caseSensitive);
      if (!Python.contains(seen, key)) {
        seen.add(key);
        unique.add(element);
      }
    }
    return new PythonGenerator(unique);
  }

  private static @Nullable Object extreme(@Nullable Object value, Arguments args, int sign) {
    boolean caseSensitive = Python.truth(args.value(0, "case_sensitive"));
    Attribute attribute = Attribute.of(args.value(1, "attribute"), null);
    List<@Nullable Object> values = Python.iterate(value);
    if (values.isEmpty()) {
      return null;
    }
    Object best = values.getFirst();
    Object bestKey = ignoringCase(attribute.of(best), caseSensitive);
    for (Object element : values.subList(1, values.size())) {
      Object key = ignoringCase(attribute.of(element), caseSensitive);
      if (sign * Python.compare(key, bestKey) > 0) {
        best = element;
        bestKey = key;
      }
    }
    return best;
  }

  private static Object sum(@Nullable Object value, Arguments args) {
    Attribute attribute = Attribute.of(args.value(0, "attribute"), null);
    Object start = args.value(1, "start");
    Object sum = start == null ? 0L : start;
    for (Object element : Python.iterate(value)) {
      TemplateInterpreter.current().step();
      sum = PythonNumbers.add(sum, attribute.of(element));
    }
    return sum;
  }

  private static Object items(@Nullable Object value) {
    return switch (value) {
      case null -> new PythonGenerator(List.of());
      case Map<?, ?> map when !(map instanceof Namespace) ->
          new PythonGenerator(PythonMethods.items(map));
      default ->
          throw TemplateException.evaluation(
              "filter 'items' wants dict, not %s", Python.typeName(value));
    };
  }

  private static Object dictSort(@Nullable Object value, Arguments args) {
    if (!(value instanceof Map<?, ?> map)) {
      throw TemplateException.evaluation(
          "filter 'dictsort' wants dict, not %s", Python.typeName(value));
    }
    boolean caseSensitive = Python.truth(args.value(0, "case_sensitive"));
    Object by = args.value(1, "by");
    if (by != null && !by.equals("key") && !by.equals("value")) {
      throw TemplateException.evaluation("filter 'dictsort' sorts by 'key' or by 'value'");
    }
    int place = "value".equals(by) ? 1 : 0;
    List<@Nullable Object> pairs = PythonMethods.items(map);
    sort(
        pairs,
        pair -> pair instanceof List<?> p ? ignoringCase(p.get(place), caseSensitive) : null,
        Python.truth(args.value(2, "reverse")));
    return pairs;
  }

  /** These filters take whatever is false, None too, for an empty sequence. */
  private static List<@Nullable Object> elementsIfTrue(@Nullable Object value) {
    return Python.truth(value) ? Python.iterate(value) : List.of();
  }

  private static Object map(@Nullable Object value, Arguments args) {
    boolean byAttribute = args.values().isEmpty() && args.named().containsKey("attribute");
    if (byAttribute && !Set.of("attribute", "default").containsAll(args.named().keySet())) {
      throw TemplateException.evaluation("filter 'map' has the arguments 'attribute', 'default'");
    }
    Attribute attribute = Attribute.of(args.named().get("attribute"), args.named().get("default"));
    List<@Nullable Object> mapped = new ArrayList<>();
    for (Object element : elementsIfTrue(value)) {
      TemplateInterpreter.current().step();
      mapped.add(
          byAttribute
              ? attribute.of(element)
              : TemplateFilters.apply(args.text(0, "filter"), element, args.from(1), args.named()));
    }
    return new PythonGenerator(mapped);
  }

  private static Object select(
      @Nullable Object value, Arguments args, boolean byAttribute, boolean wanted) {
    int testAt = byAttribute ? 1 : 0;
    if (args.values().size() < testAt || !args.named().isEmpty()) {
      throw TemplateException.evaluation("%s wants arguments without names", args.filter());
    }
    Attribute attribute = Attribute.of(byAttribute ? args.values().getFirst() : null, null);
    List<@Nullable Object> selected = new ArrayList<>();
    for (Object element : elementsIfTrue(value)) {
      TemplateInterpreter.current().step();
      Object subject = attribute.of(element);
      boolean holds =
          args.values().size() > testAt
              ? TemplateTests.holds(args.text(testAt, "test"), subject, args.from(testAt + 1))
              : Python.truth(subject);
      if (holds == wanted) {
        selected.add(element);
      }
    }
    return new PythonGenerator(selected);
  }

  /**
   * {@code element.path}: names and places one after another; without any, the element itself.
   *
   * @param otherwise what stands for what is undefined; null means nothing does
   */
  private record Attribute(List<Object> path, @Nullable Object otherwise) {
    static Attribute of(@Nullable Object path, @Nullable Object otherwise) {
      Object replacement = otherwise instanceof PythonNone ? null : otherwise;
      return switch (path) {
        case null -> new Attribute(List.of(), replacement);
        case PythonNone _ -> new Attribute(List.of(), replacement);
        case String names ->
            new Attribute(
                Arrays.stream(names.split("\\.", -1))
                    .<Object>map(name -> name.matches("\\d{1,9}") ? Long.valueOf(name) : name)
                    .toList(),
                replacement);
        case Object place when PythonNumbers.isWhole(place) ->
            new Attribute(List.of(PythonNumbers.whole(place)), replacement);
        default ->
            throw TemplateException.evaluation(
                "an attribute is named by a text, not by %s", Python.typeName(path));
      };
    }

    @Nullable Object of(@Nullable Object element) {
      Object value = element;
      for (Object part : path) {
        if (value == null) {
          throw TemplateException.evaluation("an element has no attribute before '%s'", part);
        }
        Object found = PythonAttributes.item(value, part);
        value = found == null ? otherwise : found;
      }
      return value;
    }
  }
}
