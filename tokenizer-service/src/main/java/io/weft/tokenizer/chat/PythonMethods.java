package io.weft.tokenizer.chat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The methods that a template may call on its values: those of Python's {@code str}, {@code list}
 * and {@code dict} that leave the value as it is. There are no others, so a template reaches no
 * Java method.
 */
final class PythonMethods {
  private PythonMethods() {}

  /** Calls {@code value.name(arguments)}. */
  static @Nullable Object call(Object value, String name, List<@Nullable Object> arguments) {
    Arguments args = new Arguments(Python.typeName(value) + "." + name, arguments);
    return switch (value) {
      case String text -> PythonStrings.call(text, name, args);
      case Map<?, ?> map -> onMap(map, name, args);
      case Collection<?> list -> onList(new ArrayList<>(list), name, args);
      default -> throw args.unknown();
    };
  }

  private static @Nullable Object onMap(Map<?, ?> map, String name, Arguments args) {
    return switch (name) {
      case "get" -> {
        Object found = map.get(args.any(0));
        yield found != null ? found : args.size() > 1 ? args.any(1) : PythonNone.NONE;
      }
      case "keys" -> new ArrayList<>(map.keySet());
      case "values" -> new ArrayList<>(map.values());
      case "items" -> {
        List<Object> items = new ArrayList<>();
        map.forEach((key, item) -> items.add(listOf(key, item)));
        yield items;
      }
      case "copy" -> map;
      default -> throw args.unknown();
    };
  }

  private static Object onList(List<Object> list, String name, Arguments args) {
    return switch (name) {
      case "index" -> {
        for (int i = 0; i < list.size(); i++) {
          if (Python.equal(list.get(i), args.any(0))) {
            yield (long) i;
          }
        }
        throw TemplateException.evaluation("list.index: the value is not in the list");
      }
      case "count" -> list.stream().filter(e -> Python.equal(e, args.any(0))).count();
      case "copy" -> list;
      default -> throw args.unknown();
    };
  }

  static List<@Nullable Object> listOf(@Nullable Object first, @Nullable Object second) {
    List<@Nullable Object> pair = new ArrayList<>(2);
    pair.add(first);
    pair.add(second);
    return pair;
  }

  /** The arguments of one call. */
  record Arguments(String method, List<@Nullable Object> values) {
    int size() {
      return values.size();
    }

    @Nullable Object any(int index) {
      if (index >= values.size()) {
        throw TemplateException.evaluation("%s wants %d arguments", method, index + 1);
      }
      return values.get(index);
    }

    String text(int index) {
      if (any(index) instanceof String text) {
        return text;
      }
      throw TemplateException.evaluation(
          "argument %d of %s is %s, not str",
          index + 1, method, Python.typeName(values.get(index)));
    }

    /** A text argument that may be left out or None. */
    @Nullable String optionalText(int index) {
      return index >= size() || any(index) instanceof PythonNone ? null : text(index);
    }

    int integer(int index, int otherwise) {
      return index >= size() ? otherwise : Python.integer(any(index));
    }

    /** One text, or several given as a tuple. */
    List<String> texts(int index) {
      if (any(index) instanceof Collection<?> several) {
        return several.stream().map(Python::text).toList();
      }
      return List.of(text(index));
    }

    TemplateException unknown() {
      return TemplateException.evaluation("%s is not supported", method);
    }
  }

  static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  static String upper(String text) {
    return text.toUpperCase(Locale.ROOT);
  }
}
