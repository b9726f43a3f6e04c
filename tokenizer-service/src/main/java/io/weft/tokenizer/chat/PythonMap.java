package io.weft.tokenizer.chat;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The keys of a {@code dict}: any value that cannot change, and 1, 1.0 and True are one key. */
final class PythonMap {
  private PythonMap() {}

  /** Sets the value of a key; one that is there stays as it is written. */
  static void put(Map<Object, @Nullable Object> map, @Nullable Object key, @Nullable Object value) {
    map.put(existing(map, key), value);
  }

  /** The value of a key; null where there is none. */
  static @Nullable Object get(Map<?, ?> map, @Nullable Object key) {
    return key == null ? null : map.get(existing(map, key));
  }

  static boolean containsKey(Map<?, ?> map, @Nullable Object key) {
    return key != null && map.containsKey(existing(map, key));
  }

  /** A dictionary for Jinjava, which believes all keys to be texts. */
  @SuppressWarnings({"unchecked", "rawtypes"})
  static Map<String, Object> of(Map<Object, @Nullable Object> map) {
    return (Map) new LinkedHashMap<>(map);
  }

  private static Object existing(Map<?, ?> map, @Nullable Object key) {
    return switch (key) {
      case null -> throw TemplateException.evaluation("a key is undefined");
      case PythonTuple tuple -> tuple;
      case Collection<?> _, Map<?, ?> _ ->
          throw TemplateException.evaluation("%s cannot be a key", Python.typeName(key));
      case Object number when PythonNumbers.isNumber(number) ->
          map.keySet().stream()
              .<Object>map(known -> known)
              .filter(
                  known -> {
                    TemplateInterpreter.current().step();
                    return Python.equal(known, number);
                  })
              .findFirst()
              .orElse(number);
      default -> key;
    };
  }
}
