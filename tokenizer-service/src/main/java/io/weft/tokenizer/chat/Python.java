package io.weft.tokenizer.chat;

import com.hubspot.jinjava.objects.Namespace;
import com.hubspot.jinjava.util.ForLoop;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Python's rules for the values of a template: {@code null} (undefined), {@link PythonNone},
 * Boolean, Integer, Long, Double, String, List and Map.
 */
final class Python {
  private Python() {}

  /** {@code bool(value)}. */
  static boolean truth(@Nullable Object value) {
    return switch (value) {
      case null -> false;
      case PythonNone _ -> false;
      case Boolean b -> b;
      case Number n -> n.doubleValue() != 0;
      case CharSequence s -> !s.isEmpty();
      case Collection<?> c -> !c.isEmpty();
      case Namespace _ -> true;
      case Map<?, ?> m -> !m.isEmpty();
      default -> true;
    };
  }

  /** {@code left == right}. */
  static boolean equal(@Nullable Object left, @Nullable Object right) {
    Object a = booleanAsNumber(left);
    Object b = booleanAsNumber(right);
    if (a instanceof Number x && b instanceof Number y) {
      return (isInteger(x) && isInteger(y))
          ? x.longValue() == y.longValue()
          : x.doubleValue() == y.doubleValue();
    }
    if (a instanceof Namespace || b instanceof Namespace) {
      return false;
    }
    if (a instanceof Collection<?> x && b instanceof Collection<?> y) {
      return x instanceof PythonTuple == y instanceof PythonTuple && equalElements(x, y);
    }
    if (a instanceof Map<?, ?> x && b instanceof Map<?, ?> y) {
      return x.size() == y.size()
          && x.entrySet().stream()
              .allMatch(
                  e ->
                      PythonMap.containsKey(y, e.getKey())
                          && equal(e.getValue(), PythonMap.get(y, e.getKey())));
    }
    return Objects.equals(a, b);
  }

  private static @Nullable Object booleanAsNumber(@Nullable Object value) {
    return value instanceof Boolean b ? Long.valueOf(b ? 1 : 0) : value;
  }

  private static boolean equalElements(Collection<?> left, Collection<?> right) {
    if (left.size() != right.size()) {
      return false;
    }
    Iterator<?> others = right.iterator();
    return left.stream()
        .allMatch(
            element -> {
              TemplateInterpreter.current().step();
              return equal(element, others.next());
            });
  }

  /**
   * Python's order of two values: numbers, texts by code points, lists by their first difference.
   *
   * @return below, at or above 0
   * @throws TemplateException when they have no order, as other types have not
   */
  static int compare(@Nullable Object left, @Nullable Object right) {
    if (PythonNumbers.isNumber(left) && PythonNumbers.isNumber(right)) {
      return PythonNumbers.isWhole(left) && PythonNumbers.isWhole(right)
          ? Long.compare(PythonNumbers.whole(left), PythonNumbers.whole(right))
          : Double.compare(PythonNumbers.floating(left) + 0.0, PythonNumbers.floating(right) + 0.0);
    }
    TemplateInterpreter.current().step();
    if (left instanceof String a && right instanceof String b) {
      return PythonText.compare(a, b);
    }
    if (left instanceof List<?> a
        && right instanceof List<?> b
        && a instanceof PythonTuple == b instanceof PythonTuple) {
      for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
        if (!equal(a.get(i), b.get(i))) {
          return compare(a.get(i), b.get(i));
        }
      }
      return Integer.compare(a.size(), b.size());
    }
    throw TemplateException.evaluation("%s and %s have no order", typeName(left), typeName(right));
  }

  /** {@code element in container}. */
  static boolean contains(@Nullable Object container, @Nullable Object element) {
    return switch (container) {
      case null -> false;
      case String text when element instanceof String part -> TextSearch.first(text, part, 0) >= 0;
      case Collection<?> c -> anyEqual(c, element);
      case PythonGenerator generator -> anyEqual(generator.rest(), element);
      case Map<?, ?> m when !(m instanceof Namespace) -> PythonMap.containsKey(m, element);
      default ->
          throw TemplateException.evaluation(
              "'in' cannot look for %s in %s", typeName(element), typeName(container));
    };
  }

  private static boolean anyEqual(Collection<?> elements, @Nullable Object wanted) {
    for (Object element : elements) {
      TemplateInterpreter.current().step();
      if (equal(element, wanted)) {
        return true;
      }
    }
    return false;
  }

  /**
   * What a loop runs over, not to be changed: undefined is empty, a dictionary gives its keys, a
   * text its letters.
   */
  @SuppressWarnings("unchecked") // values of lists may be null all the same
  static List<@Nullable Object> iterate(@Nullable Object value) {
    return switch (value) {
      case null -> List.of();
      case List<?> l when !(l instanceof PythonTuple) -> (List<@Nullable Object>) l;
      case Collection<?> c -> copy(c);
      case Map<?, ?> m when !(m instanceof Namespace) -> copy(m.keySet());
      case PythonGenerator generator -> generator.rest();
      case String s -> {
        TemplateInterpreter.current().memory().letters(s);
        yield new ArrayList<>(s.codePoints().mapToObj(Character::toString).toList());
      }
      default -> throw TemplateException.evaluation("%s is not iterable", typeName(value));
    };
  }

  private static List<@Nullable Object> copy(Collection<?> elements) {
    TemplateInterpreter.current().memory().list(elements);
    return new ArrayList<>(elements);
  }

  /** {@code len(value)}. */
  static long length(@Nullable Object value) {
    return switch (value) {
      case null -> 0;
      case String s -> s.codePointCount(0, s.length());
      case Collection<?> c -> c.size();
      case Map<?, ?> m when !(m instanceof Namespace) -> m.size();
      case Loop loop -> loop.length();
      default -> throw TemplateException.evaluation("%s has no length", typeName(value));
    };
  }

  /** {@code str(value)}; what is undefined prints as nothing. */
  static String text(@Nullable Object value) {
    return switch (value) {
      case null -> "";
      case String s -> s;
      default -> PythonWriter.repr(value);
    };
  }

  /** An index or another whole number. */
  static int integer(@Nullable Object value) {
    if (value instanceof Number n && isInteger(n)) {
      return Math.clamp(n.longValue(), Integer.MIN_VALUE, Integer.MAX_VALUE);
    }
    throw TemplateException.evaluation("a whole number is wanted, not %s", typeName(value));
  }

  static boolean isInteger(@Nullable Object value) {
    return value instanceof Integer || value instanceof Long;
  }

  /** The name of a value's type in messages. */
  static String typeName(@Nullable Object value) {
    return switch (value) {
      case null -> "undefined";
      case PythonNone _ -> "None";
      case Boolean _ -> "bool";
      case Integer _, Long _ -> "int";
      case Number _ -> "float";
      case CharSequence _ -> "str";
      case PythonTuple _ -> "tuple";
      case Collection<?> _ -> "list";
      case Namespace _ -> "namespace";
      case Map<?, ?> _ -> "dict";
      case Macro _ -> "macro";
      case PythonCallable _ -> "function";
      case PythonGenerator _ -> "generator";
      case ForLoop _ -> "loop";
      default -> "object";
    };
  }
}
