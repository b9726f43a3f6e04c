package io.weft.tokenizer.chat;

import com.hubspot.jinjava.el.ext.NamedParameter;
import com.hubspot.jinjava.objects.Namespace;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
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
    Arguments args = Arguments.of(Python.typeName(value) + "." + name, arguments);
    return switch (value) {
      case String text ->
          TemplateInterpreter.current().memory().made(PythonStrings.call(text, name, args));
      case Namespace _ -> throw args.unknown();
      case Map<?, ?> map -> onMap(map, name, args);
      case Collection<?> list -> onList(Python.iterate(list), name, args);
      default -> throw args.unknown();
    };
  }

  private static @Nullable Object onMap(Map<?, ?> map, String name, Arguments args) {
    return switch (name) {
      case "get" -> {
        args.atMost(2);
        yield PythonMap.containsKey(map, args.any(0))
            ? PythonMap.get(map, args.any(0))
            : args.size() > 1 ? args.any(1) : PythonNone.NONE;
      }
      case "keys" -> Python.iterate(args.none(map).keySet());
      case "values" -> Python.iterate(args.none(map).values());
      case "items" -> items(args.none(map));
      case "copy" -> args.none(map);
      default -> throw args.unknown();
    };
  }

  /** The pairs of a dictionary. */
  static List<@Nullable Object> items(Map<?, ?> map) {
    List<@Nullable Object> items = new ArrayList<>();
    map.forEach(
        (key, item) -> {
          PythonTuple pair = PythonTuple.of(key, item);
          TemplateInterpreter.current().memory().list(pair);
          items.add(pair);
        });
    return items;
  }

  private static Object onList(List<Object> list, String name, Arguments args) {
    return switch (name) {
      case "index" -> {
        args.atMost(1);
        for (int i = 0; i < list.size(); i++) {
          if (Python.equal(list.get(i), args.any(0))) {
            yield (long) i;
          }
        }
        throw TemplateException.evaluation("list.index: the value is not in the list");
      }
      case "count" -> {
        args.atMost(1);
        yield list.stream().filter(e -> Python.equal(e, args.any(0))).count();
      }
      case "copy" -> args.none(list);
      default -> throw args.unknown();
    };
  }

  /**
   * The arguments of one call.
   *
   * @param values those without a name
   * @param named the others
   */
  record Arguments(
      String method, List<@Nullable Object> values, Map<String, @Nullable Object> named) {
    static Arguments of(String method, List<@Nullable Object> arguments) {
      List<@Nullable Object> values = new ArrayList<>();
      Map<String, @Nullable Object> named = new LinkedHashMap<>();
      for (Object argument : arguments) {
        if (argument instanceof NamedParameter given) {
          named.put(given.getName(), given.getValue());
        } else {
          values.add(argument);
        }
      }
      return new Arguments(method, values, named);
    }

    int size() {
      return values.size();
    }

    /** Refuses more arguments than there are, and any that is named. */
    void atMost(int most) {
      if (size() > most || !named.isEmpty()) {
        throw TemplateException.evaluation(
            "%s wants at most %d arguments and none by its name", method, most);
      }
    }

    /** Refuses any arguments. */
    <T> T none(T result) {
      atMost(0);
      return result;
    }

    /** The same arguments in places, where some of these names were given. */
    Arguments named(String... names) {
      List<@Nullable Object> placed = new ArrayList<>(values);
      Map<String, @Nullable Object> rest = new LinkedHashMap<>(named);
      for (int i = 0; i < names.length; i++) {
        if (!rest.containsKey(names[i])) {
          continue;
        }
        if (i < values.size()) {
          throw TemplateException.evaluation(
              "%s is given its argument '%s' twice", method, names[i]);
        }
        while (placed.size() < i) {
          placed.add(PythonNone.NONE);
        }
        if (placed.size() == i) {
          placed.add(null);
        }
        placed.set(i, rest.remove(names[i]));
      }
      Arguments all = new Arguments(method, placed, rest);
      all.atMost(names.length);
      return all;
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
      return index >= size() || any(index) instanceof PythonNone
          ? otherwise
          : Python.integer(any(index));
    }

    /** One text, or several given as a tuple. */
    List<String> texts(int index) {
      if (!(any(index) instanceof PythonTuple several)) {
        return List.of(text(index));
      }
      List<String> texts = new ArrayList<>();
      for (Object element : several) {
        if (!(element instanceof String text)) {
          throw TemplateException.evaluation(
              "%s wants texts, not %s", method, Python.typeName(element));
        }
        texts.add(text);
      }
      return texts;
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
