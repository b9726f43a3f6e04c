package io.weft.tokenizer.chat;

import com.hubspot.jinjava.el.ext.NamedParameter;
import com.hubspot.jinjava.objects.Namespace;
import java.time.ZonedDateTime;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The functions that a template may call. */
final class TemplateFunctions {
  private static final Map<String, PythonCallable> ALL =
      Map.of(
          "raise_exception", TemplateFunctions::raiseException,
          "strftime_now", TemplateFunctions::strftimeNow,
          "range", TemplateFunctions::range,
          "namespace", arguments -> new Namespace(fields("namespace", arguments)),
          "dict", arguments -> fields("dict", arguments));

  private TemplateFunctions() {}

  /** All functions by name. */
  static Map<String, PythonCallable> all() {
    return ALL;
  }

  /** {@code raise_exception(message)}: the template refuses the conversation. */
  private static Object raiseException(List<@Nullable Object> arguments) {
    throw TemplateInterpreter.current().refusal(Python.text(one("raise_exception", arguments)));
  }

  /** {@code strftime_now(format)}: the local time, as Python's {@code strftime} writes it. */
  private static Object strftimeNow(List<@Nullable Object> arguments) {
    if (one("strftime_now", arguments) instanceof String format) {
      return Strftime.format(ZonedDateTime.now(TemplateInterpreter.current().clock()), format);
    }
    throw TemplateException.evaluation("strftime_now wants a text");
  }

  /** {@code range(stop)}, {@code range(start, stop)}, {@code range(start, stop, step)}. */
  private static Object range(List<@Nullable Object> arguments) {
    int count = arguments.size();
    if (count < 1 || count > 3) {
      throw TemplateException.evaluation("range wants 1 to 3 arguments, not %d", count);
    }
    int start = count == 1 ? 0 : Python.integer(arguments.getFirst());
    int stop = Python.integer(arguments.get(count == 1 ? 0 : 1));
    int step = count < 3 ? 1 : Python.integer(arguments.get(2));
    if (step == 0) {
      throw TemplateException.evaluation("range: the step is 0");
    }
    long size = Math.max(0, Math.ceilDiv((long) stop - start, step));
    if (size > TemplateLimits.LIST_SIZE) {
      throw TemplateException.limit("range of %,d > %,d", size, TemplateLimits.LIST_SIZE);
    }
    return new PythonRange(start, step, (int) size);
  }

  /** The fields of {@code namespace(name=value, ...)} and {@code dict(name=value, ...)}. */
  private static Map<String, Object> fields(String function, List<@Nullable Object> arguments) {
    Map<Object, @Nullable Object> fields = new LinkedHashMap<>();
    for (Object argument : arguments) {
      switch (argument) {
        case NamedParameter named -> fields.put(named.getName(), named.getValue());
        case Map<?, ?> map -> fields.putAll(map);
        case Collection<?> pairs -> pairs.forEach(pair -> put(fields, pair));
        case null, default ->
            throw TemplateException.evaluation("%s has named values only", function);
      }
    }
    return PythonMap.of(fields);
  }

  private static void put(Map<Object, @Nullable Object> fields, @Nullable Object element) {
    List<@Nullable Object> pair = Python.iterate(element);
    if (pair.size() != 2) {
      throw TemplateException.evaluation("dict wants pairs, not %d values", pair.size());
    }
    PythonMap.put(fields, pair.getFirst(), pair.getLast());
  }

  private static @Nullable Object one(String function, List<@Nullable Object> arguments) {
    if (arguments.size() != 1) {
      throw TemplateException.evaluation("%s wants 1 argument, not %d", function, arguments.size());
    }
    return arguments.getFirst();
  }
}
