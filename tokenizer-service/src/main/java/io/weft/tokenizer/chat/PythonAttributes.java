package io.weft.tokenizer.chat;

import com.hubspot.jinjava.objects.Namespace;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code value.name} and {@code value[key]} as Jinja2's sandbox looks them up. After a dot a
 * value's methods come before the keys of a dictionary; those that would change the value are
 * undefined.
 */
final class PythonAttributes {
  private static final Set<String> OF_DICT =
      Set.of("copy", "fromkeys", "get", "items", "keys", "values");
  private static final Set<String> OF_DICT_CHANGING =
      Set.of("clear", "pop", "popitem", "setdefault", "update");
  private static final Set<String> OF_LIST = Set.of("copy", "count", "index");
  private static final Set<String> OF_TUPLE = Set.of("count", "index");

  private PythonAttributes() {}

  /** A method of a value, not yet called. */
  record Method(Object value, String name) implements PythonCallable {
    @Override
    public @Nullable Object call(List<@Nullable Object> arguments) {
      return PythonMethods.call(value, name, arguments);
    }
  }

  /** {@code value.name}; null where it is undefined. */
  static @Nullable Object dot(Object value, String name) {
    return switch (value) {
      case Namespace namespace -> field(namespace, name);
      case Map<?, ?> _ when OF_DICT_CHANGING.contains(name) -> null;
      case Map<?, ?> map -> OF_DICT.contains(name) ? new Method(map, name) : map.get(name);
      default -> named(value, name);
    };
  }

  /** {@code value[key]}; null where it is undefined. */
  static @Nullable Object item(Object value, @Nullable Object key) {
    return switch (value) {
      case Namespace namespace when key instanceof String name -> field(namespace, name);
      case Map<?, ?> map when PythonMap.containsKey(map, key) -> PythonMap.get(map, key);
      case String text when PythonNumbers.isWhole(key) -> {
        int place = place(key, text.codePointCount(0, text.length()));
        yield place < 0
            ? null
            : Character.toString(text.codePointAt(text.offsetByCodePoints(0, place)));
      }
      case List<?> list when PythonNumbers.isWhole(key) -> {
        int place = place(key, list.size());
        yield place < 0 ? null : list.get(place);
      }
      default -> key instanceof String name ? named(value, name) : null;
    };
  }

  private static @Nullable Object field(Namespace namespace, String name) {
    Object value = namespace.get(name);
    TemplateInterpreter.current().memory().read(value);
    return value;
  }

  private static @Nullable Object named(Object value, String name) {
    boolean isMethod =
        switch (value) {
          case Namespace _ -> false;
          case Map<?, ?> _ -> OF_DICT.contains(name);
          case String _ -> PythonStrings.METHODS.contains(name);
          case PythonTuple _ -> OF_TUPLE.contains(name);
          case List<?> _ -> OF_LIST.contains(name);
          default -> false;
        };
    if (isMethod) {
      return new Method(value, name);
    }
    return value instanceof Loop loop ? loop.attribute(name) : null;
  }

  /** A position counted from the start or, where negative, from the end; -1 where there is none. */
  private static int place(@Nullable Object key, int length) {
    long index = PythonNumbers.whole(key);
    long place = index < 0 ? index + length : index;
    return place >= 0 && place < length ? (int) place : -1;
  }
}
