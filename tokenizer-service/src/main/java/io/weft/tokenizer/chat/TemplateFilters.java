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
    filter("tojson", TemplateFilters::toJson, "ensure_ascii", "indent", "separators", "sort_keys");
    filter("string", (v, args) -> Python.text(v));
    filter("safe", (v, args) -> Python.text(v));
    filter(
        "trim",
        (v, args) -> PythonText.strip(Python.text(v), args.optionalText(0, "chars"), true, true),
        "chars");
    filter("lower", (v, args) -> PythonMethods.lower(Python.text(v)));
    filter("upper", (v, args) -> PythonMethods.upper(Python.text(v)));
    filter("capitalize", (v, args) -> PythonCase.capitalize(Python.text(v)));
    filter("title", (v, args) -> PythonStrings.filterTitle(Python.text(v)));
    filter("replace", TemplateFilters::replace, "old", "new", "count");
    filter("indent", TemplateFilters::indent, "width", "first", "blank");
    filter("default", TemplateFilters::otherwise, "default_value", "boolean");
    filter("d", TemplateFilters::otherwise, "default_value", "boolean");
    filter("int", TemplateFilters::toInteger, "default", "base");
    filter("float", TemplateFilters::toFloat, "default");
    filter(
        "abs",
        (v, args) ->
            v instanceof Double d
                ? (Object) Math.abs(d)
                : Python.compare(v, 0L) < 0 ? PythonNumbers.negate(v) : PythonNumbers.add(v, 0L));
    SequenceFilters.register(TemplateFilters::filter);
  }

  private TemplateFilters() {}

  /** All filters by name. */
  static Map<String, Filter> all() {
    return ALL;
  }

  /** Applies a filter by its name. */
  static @Nullable Object apply(
      String name,
      @Nullable Object value,
      List<@Nullable Object> arguments,
      Map<String, Object> named) {
    Filter filter = ALL.get(name);
    if (filter == null) {
      throw TemplateException.evaluation("filter 'map' is given a filter that is not supported");
    }
    return filter.filter(value, TemplateInterpreter.current(), arguments.toArray(), named);
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
        args.anyText(0, "old"),
        args.anyText(1, "new"),
        count == null || count instanceof PythonNone ? -1 : Python.integer(count));
  }

  private static Object indent(@Nullable Object value, Arguments args) {
    if (value == null) {
      throw undefined("indent");
    }
    Object width = args.value(0, "width");
    String margin =
        width instanceof String s
            ? s
            : " ".repeat(width == null ? 4 : Math.clamp(Python.integer(width), 0, 64));
    boolean first = Python.truth(args.value(1, "first"));
    boolean blank = Python.truth(args.value(2, "blank"));
    // Jinja2 adds a line break so that a last empty line counts.
    List<Object> lines = PythonText.lines(Python.text(value) + "\n", false);
    StringBuilder text = new StringBuilder(first ? margin : "");
    for (int i = 0; i < lines.size(); i++) {
      String line = (String) lines.get(i);
      text.append(i == 0 ? "" : "\n");
      text.append(i > 0 && (blank || !line.isEmpty()) ? margin : "");
      text.append(line);
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
    Object base = args.value(1, "base");
    Object number =
        switch (value) {
          case null -> throw undefined("int");
          case String text -> PythonNumbers.parseWhole(text, base == null ? 10 : base);
          case Double d -> PythonNumbers.truncate(d);
          case Object other when PythonNumbers.isWhole(other) -> PythonNumbers.whole(other);
          default -> null;
        };
    if (number == null && value instanceof String text) {
      Double fraction = PythonNumbers.parseFloating(text);
      number = fraction == null ? null : PythonNumbers.truncate(fraction);
    }
    Object other = args.value(0, "default");
    return number != null ? number : other == null ? 0L : other;
  }

  private static Object toFloat(@Nullable Object value, Arguments args) {
    Object number =
        switch (value) {
          case null -> throw undefined("float");
          case String text -> PythonNumbers.parseFloating(text);
          case Object other when PythonNumbers.isNumber(other) -> PythonNumbers.floating(other);
          default -> null;
        };
    Object other = args.value(0, "default");
    return number != null ? number : other == null ? 0.0 : other;
  }

  private static TemplateException undefined(String filter) {
    return TemplateException.evaluation("filter '%s' is given what is undefined", filter);
  }

  /** What a filter does with its value and its arguments. */
  interface Body {
    @Nullable Object apply(@Nullable Object value, Arguments arguments);
  }

  private static void filter(String name, Body body, String... parameters) {
    ALL.put(name, new NamedFilter(name, body, List.of(parameters)));
  }

  /**
   * A filter.
   *
   * @param parameters the names of its arguments; {@code *} stands for any further ones
   */
  private record NamedFilter(String name, Body body, List<String> parameters)
      implements AdvancedFilter {
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
      if (!parameters.contains("*")) {
        check(arguments.length, named);
      }
      return TemplateInterpreter.current()
          .memory()
          .made(
              body.apply(
                  value, new Arguments("filter '" + name + "'", Arrays.asList(arguments), named)));
    }

    private void check(int given, Map<String, Object> named) {
      if (given > parameters.size()) {
        throw TemplateException.evaluation(
            "filter '%s' wants at most %d arguments, not %d", name, parameters.size(), given);
      }
      for (String argument : named.keySet()) {
        int place = parameters.indexOf(argument);
        if (place < given) {
          throw TemplateException.evaluation(
              place < 0
                  ? "filter '%s' has no argument '%s'"
                  : "filter '%s' is given its argument '%s' twice",
              name,
              argument);
        }
      }
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

    /** An argument of any type, written as text. */
    String anyText(int index, String name) {
      if (index >= values.size() && !named.containsKey(name)) {
        throw TemplateException.evaluation("%s wants an argument '%s'", filter, name);
      }
      return Python.text(value(index, name));
    }

    /** The positional arguments from {@code index} on. */
    List<@Nullable Object> from(int index) {
      return index >= values.size()
          ? List.of()
          : values.stream().skip(index).collect(Collectors.toCollection(ArrayList::new));
    }
  }
}
