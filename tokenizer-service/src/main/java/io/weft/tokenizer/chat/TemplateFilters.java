package io.weft.tokenizer.chat;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.filter.AdvancedFilter;
import com.hubspot.jinjava.lib.filter.Filter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The filters that a template may use, as Jinja2 defines them; {@code tojson} as transformers does.
 */
final class TemplateFilters {
  private static final Map<String, Filter> ALL = new HashMap<>();

  static {
    filter("tojson", TemplateFilters::toJson);
    filter("string", (v, args) -> Python.text(v));
    filter("safe", (v, args) -> Python.text(v));
    filter(
        "trim",
        (v, args) -> PythonText.strip(Python.text(v), args.optionalText(0, "chars"), true, true));
    filter("lower", (v, args) -> PythonMethods.lower(Python.text(v)));
    filter("upper", (v, args) -> PythonMethods.upper(Python.text(v)));
    filter("capitalize", (v, args) -> PythonStrings.capitalize(Python.text(v)));
    filter("title", (v, args) -> PythonStrings.filterTitle(Python.text(v)));
    filter("replace", TemplateFilters::replace);
    filter("indent", TemplateFilters::indent);
    filter("default", TemplateFilters::otherwise);
    filter("d", TemplateFilters::otherwise);
    filter("int", TemplateFilters::toInteger);
    filter("float", TemplateFilters::toFloat);
    filter(
        "abs",
        (v, args) ->
            v instanceof Double d ? (Object) Math.abs(d) : Math.abs((long) Python.integer(v)));
    SequenceFilters.register(TemplateFilters::filter);
  }

  private TemplateFilters() {}

  /** All filters by name. */
  static Map<String, Filter> all() {
    return ALL;
  }

  /** Applies a filter by its name. */
  static @Nullable Object apply(
      String name, @Nullable Object value, List<@Nullable Object> arguments) {
    Filter filter = ALL.get(name);
    if (filter == null) {
      throw TemplateException.evaluation("filter 'map' is given a filter that is not supported");
    }
    return filter.filter(value, TemplateInterpreter.current(), arguments.toArray(), Map.of());
  }

  /** Python's order of two numbers or two texts. */
  static int compare(@Nullable Object left, @Nullable Object right) {
    if (left instanceof Number a && right instanceof Number b) {
      return Double.compare(a.doubleValue(), b.doubleValue());
    }
    if (left instanceof String a && right instanceof String b) {
      return Arrays.compare(a.codePoints().toArray(), b.codePoints().toArray());
    }
    throw TemplateException.evaluation(
        "%s and %s have no order", Python.typeName(left), Python.typeName(right));
  }

  private static Object toJson(@Nullable Object value, Arguments args) {
    Object indent = args.value(1, "indent");
    Object separators = args.value(2, "separators");
    boolean lines = indent != null && !(indent instanceof PythonNone);
    List<String> between =
        separators == null || separators instanceof PythonNone
            ? List.of(lines ? "," : ", ", ": ")
            : Python.iterate(separators).stream().map(Python::text).toList();
    String text =
        PythonWriter.json(
            value,
            new PythonWriter.JsonStyle(
                lines
                    ? indent instanceof String s
                        ? s
                        : " ".repeat(Math.clamp(Python.integer(indent), 0, 64))
                    : null,
                between.getFirst(),
                between.getLast(),
                Python.truth(args.value(0, "ensure_ascii")),
                Python.truth(args.value(3, "sort_keys"))));
    TemplateInterpreter.current().checkLength(text.length());
    return text;
  }

  private static Object replace(@Nullable Object value, Arguments args) {
    Object count = args.value(2, "count");
    return PythonStrings.replace(
        Python.text(value),
        args.text(0, "old"),
        args.text(1, "new"),
        count == null || count instanceof PythonNone ? -1 : Python.integer(count));
  }

  private static Object indent(@Nullable Object value, Arguments args) {
    Object width = args.value(0, "width");
    String margin =
        width instanceof String s
            ? s
            : " ".repeat(width == null ? 4 : Math.clamp(Python.integer(width), 0, 64));
    boolean first = Python.truth(args.value(1, "first"));
    boolean blank = Python.truth(args.value(2, "blank"));
    String[] lines = Python.text(value).split("\n", -1);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < lines.length; i++) {
      text.append(i == 0 ? "" : "\n");
      text.append(i == 0 ? first ? margin : "" : blank || !lines[i].isEmpty() ? margin : "");
      text.append(lines[i]);
      TemplateInterpreter.current().checkLength(text.length());
    }
    return text.toString();
  }

  private static @Nullable Object otherwise(@Nullable Object value, Arguments args) {
    boolean replace =
        value == null || (Python.truth(args.value(1, "boolean")) && !Python.truth(value));
    Object other = args.value(0, "default_value");
    return replace ? other == null ? "" : other : value;
  }

  private static Object toInteger(@Nullable Object value, Arguments args) {
    try {
      return switch (value) {
        case Boolean b -> b ? 1L : 0L;
        case Number n -> n.longValue();
        case String s -> Long.parseLong(s.strip());
        case null, default -> 0L;
      };
    } catch (NumberFormatException notANumber) {
      Object other = args.value(0, "default");
      return other == null ? 0L : other;
    }
  }

  private static Object toFloat(@Nullable Object value, Arguments args) {
    try {
      return switch (value) {
        case Number n -> n.doubleValue();
        case String s -> Double.parseDouble(s.strip());
        case null, default -> 0.0;
      };
    } catch (NumberFormatException notANumber) {
      Object other = args.value(0, "default");
      return other == null ? 0.0 : other;
    }
  }

  /** What a filter does with its value and its arguments. */
  interface Body {
    @Nullable Object apply(@Nullable Object value, Arguments arguments);
  }

  private static void filter(String name, Body body) {
    ALL.put(name, new NamedFilter(name, body));
  }

  private record NamedFilter(String name, Body body) implements AdvancedFilter {
    @Override
    public String getName() {
      return name;
    }

    @Override
    public @Nullable Object filter(
        @Nullable Object value,
        JinjavaInterpreter interpreter,
        @Nullable Object[] arguments,
        Map<String, Object> named) {
      return body.apply(
          value, new Arguments("filter '" + name + "'", Arrays.asList(arguments), named));
    }
  }

  /** The arguments of one filter, by position or by name. */
  record Arguments(String filter, List<@Nullable Object> values, Map<String, Object> named) {
    @Nullable Object value(int index, String name) {
      return index >= 0 && index < values.size() ? values.get(index) : named.get(name);
    }

    String text(int index, String name) {
      if (value(index, name) instanceof String text) {
        return text;
      }
      throw TemplateException.evaluation("%s wants a text as its argument '%s'", filter, name);
    }

    @Nullable String optionalText(int index, String name) {
      Object given = value(index, name);
      return given == null || given instanceof PythonNone ? null : text(index, name);
    }

    /** The positional arguments from {@code index} on. */
    List<@Nullable Object> from(int index) {
      return index >= values.size()
          ? List.of()
          : values.stream().skip(index).collect(Collectors.toCollection(ArrayList::new));
    }
  }
}
