package io.weft.tokenizer.chat;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.exptest.ExpTest;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/** The tests after {@code is}, as Jinja2 defines them. */
final class TemplateTests {
  private static final Map<String, ExpTest> ALL = new HashMap<>();

  static {
    test("defined", v -> v != null);
    test("undefined", v -> v == null);
    test("none", v -> v instanceof PythonNone);
    test("string", v -> v instanceof CharSequence);
    test("boolean", v -> v instanceof Boolean);
    test("true", v -> Boolean.TRUE.equals(v));
    test("false", v -> Boolean.FALSE.equals(v));
    test("number", v -> v instanceof Number || v instanceof Boolean);
    test("integer", Python::isInteger);
    test("float", v -> v instanceof Double);
    test("mapping", v -> v instanceof Map);
    test("iterable", TemplateTests::isIterable);
    test("sequence", TemplateTests::isIterable);
    test("odd", v -> Math.floorMod(Python.integer(v), 2) == 1);
    test("even", v -> Math.floorMod(Python.integer(v), 2) == 0);
    test("lower", v -> Python.text(v).equals(PythonMethods.lower(Python.text(v))));
    test("upper", v -> Python.text(v).equals(PythonMethods.upper(Python.text(v))));
    binary("in", (v, other) -> Python.contains(other, v));
    binary("divisibleby", (v, n) -> Math.floorMod(Python.integer(v), Python.integer(n)) == 0);
    binary("sameas", TemplateTests::isSame);
    for (String name : List.of("eq", "equalto", "==")) {
      binary(name, Python::equal);
    }
    for (String name : List.of("ne", "!=")) {
      binary(name, (a, b) -> !Python.equal(a, b));
    }
    for (String name : List.of("lt", "lessthan", "<")) {
      binary(name, (a, b) -> TemplateFilters.compare(a, b) < 0);
    }
    for (String name : List.of("le", "<=")) {
      binary(name, (a, b) -> TemplateFilters.compare(a, b) <= 0);
    }
    for (String name : List.of("gt", "greaterthan", ">")) {
      binary(name, (a, b) -> TemplateFilters.compare(a, b) > 0);
    }
    for (String name : List.of("ge", ">=")) {
      binary(name, (a, b) -> TemplateFilters.compare(a, b) >= 0);
    }
  }

  private TemplateTests() {}

  private static final Set<String> WITH_ARGUMENT =
      Set.of(
          "in",
          "divisibleby",
          "sameas",
          "eq",
          "equalto",
          "ne",
          "lt",
          "lessthan",
          "le",
          "gt",
          "greaterthan",
          "ge");

  /** All tests by name. */
  static Map<String, ExpTest> all() {
    return ALL;
  }

  /** Whether a test's argument may stand without parentheses behind its name. */
  static boolean takesArgument(String name) {
    return WITH_ARGUMENT.contains(name);
  }

  /** Applies a test by its name. */
  static boolean holds(String name, @Nullable Object value, List<@Nullable Object> arguments) {
    ExpTest test = ALL.get(name);
    if (test == null) {
      throw TemplateException.evaluation("a filter is given a test that is not supported");
    }
    return test.evaluate(value, TemplateInterpreter.current(), arguments.toArray());
  }

  private static boolean isIterable(@Nullable Object value) {
    return value == null
        || value instanceof CharSequence
        || value instanceof Collection
        || value instanceof Map;
  }

  /** Identity, which templates use to tell true from 1. */
  private static boolean isSame(@Nullable Object a, @Nullable Object b) {
    return Python.typeName(a).equals(Python.typeName(b)) && Python.equal(a, b);
  }

  private interface Predicate {
    boolean test(@Nullable Object value);
  }

  private static void test(String name, Predicate predicate) {
    ALL.put(name, new Test(name, 0, (value, arguments) -> predicate.test(value)));
  }

  private static void binary(
      String name, BiPredicate<@Nullable Object, @Nullable Object> predicate) {
    ALL.put(name, new Test(name, 1, (value, arguments) -> predicate.test(value, arguments[0])));
  }

  private interface Body {
    boolean test(@Nullable Object value, @Nullable Object[] arguments);
  }

  private record Test(String name, int arguments, Body body) implements ExpTest {
    @Override
    public String getName() {
      return name;
    }

    @Override
    public boolean evaluate(
        @Nullable Object value, JinjavaInterpreter interpreter, @Nullable Object... given) {
      if (given.length != arguments) {
        throw TemplateException.evaluation(
            "test '%s' wants %d arguments, not %d", name, arguments, given.length);
      }
      return body.test(value, given);
    }
  }
}
