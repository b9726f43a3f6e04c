package io.weft.tokenizer.chat;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.exptest.ExpTest;
import com.hubspot.jinjava.objects.Namespace;
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
    test("mapping", v -> v instanceof Map && !(v instanceof Namespace));
    test("callable", v -> v == null || v instanceof PythonCallable);
    test("iterable", v -> isSequence(v) || v instanceof PythonGenerator || v instanceof Loop);
    test("sequence", TemplateTests::isSequence);
    test("odd", v -> Python.equal(PythonNumbers.remainder(v, 2L), 1L));
    test("even", v -> Python.equal(PythonNumbers.remainder(v, 2L), 0L));
    test("lower", v -> PythonCase.isLower(Python.text(v)));
    test("upper", v -> PythonCase.isUpper(Python.text(v)));
    binary("in", (v, other) -> Python.contains(other, v));
    binary("divisibleby", (v, n) -> Python.equal(PythonNumbers.remainder(v, n), 0L));
    binary("sameas", TemplateTests::isSame);
    for (String name : List.of("eq", "equalto", "==")) {
      binary(name, Python::equal);
    }
    for (String name : List.of("ne", "!=")) {
      binary(name, (a, b) -> !Python.equal(a, b));
    }
    for (String name : List.of("lt", "lessthan", "<")) {
      binary(name, (a, b) -> Python.compare(a, b) < 0);
    }
    for (String name : List.of("le", "<=")) {
      binary(name, (a, b) -> Python.compare(a, b) <= 0);
    }
    for (String name : List.of("gt", "greaterthan", ">")) {
      binary(name, (a, b) -> Python.compare(a, b) > 0);
    }
    for (String name : List.of("ge", ">=")) {
      binary(name, (a, b) -> Python.compare(a, b) >= 0);
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

  private static boolean isSequence(@Nullable Object value) {
    return value == null
        || value instanceof CharSequence
        || value instanceof Collection
        || (value instanceof Map && !(value instanceof Namespace));
  }

  /** Identity, which templates use to tell true from 1; equal numbers and texts are one. */
  private static boolean isSame(@Nullable Object a, @Nullable Object b) {
    boolean same = Python.typeName(a).equals(Python.typeName(b)) && Python.equal(a, b);
    if (same && (a instanceof Collection || a instanceof Map)) {
      throw TemplateException.evaluation(
          "test 'sameas' cannot tell two %s values apart", Python.typeName(a));
    }
    return same;
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
