package io.weft.tokenizer.chat;

import com.hubspot.jinjava.el.ext.NamedParameter;
import com.hubspot.jinjava.objects.Namespace;
import java.lang.reflect.Method;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The functions that a template may call. Jinjava finds them by reflection. */
final class TemplateFunctions {
  private static final Map<String, Method> ALL =
      Stream.of("raise_exception", "strftime_now", "range", "namespace", "dict")
          .collect(Collectors.toUnmodifiableMap(name -> name, TemplateFunctions::method));

  private TemplateFunctions() {}

  /** All functions by name. */
  static Map<String, Method> all() {
    return ALL;
  }

  private static Method method(String name) {
    try {
      Method method = TemplateFunctions.class.getDeclaredMethod(name, Object[].class);
      method.setAccessible(true);
      return method;
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException(e);
    }
  }

  /** {@code raise_exception(message)}: the template refuses the conversation. */
  static Object raise_exception(@Nullable Object... arguments) {
    throw TemplateInterpreter.current().refusal(Python.text(one("raise_exception", arguments)));
  }

  /** {@code strftime_now(format)}: the local time, as Python's {@code strftime} writes it. */
  static Object strftime_now(@Nullable Object... arguments) {
    if (one("strftime_now", arguments) instanceof String format) {
      return Strftime.format(ZonedDateTime.now(TemplateInterpreter.current().clock()), format);
    }
    throw TemplateException.evaluation("strftime_now wants a text");
  }

  /** {@code range(stop)}, {@code range(start, stop)}, {@code range(start, stop, step)}. */
  static Object range(@Nullable Object... arguments) {
    if (arguments.length < 1 || arguments.length > 3) {
      throw TemplateException.evaluation("range wants 1 to 3 arguments, not %d", arguments.length);
    }
    int start = arguments.length == 1 ? 0 : Python.integer(arguments[0]);
    int stop = Python.integer(arguments[arguments.length == 1 ? 0 : 1]);
    int step = arguments.length < 3 ? 1 : Python.integer(arguments[2]);
    if (step == 0) {
      throw TemplateException.evaluation("range: the step is 0");
    }
    long size = Math.max(0, Math.ceilDiv((long) stop - start, step));
    if (size > TemplateLimits.LIST_SIZE) {
      throw TemplateException.limit("range of %,d > %,d", size, TemplateLimits.LIST_SIZE);
    }
    List<Object> numbers = new ArrayList<>((int) size);
    for (int i = 0; i < size; i++) {
      numbers.add(start + (long) i * step);
    }
    return numbers;
  }

  /** {@code namespace(name=value, ...)}: the one kind of object that a template may change. */
  static Object namespace(@Nullable Object... arguments) {
    return new Namespace(fields(arguments));
  }

  /** {@code dict(name=value, ...)}. */
  static Object dict(@Nullable Object... arguments) {
    return fields(arguments);
  }

  private static Map<String, Object> fields(@Nullable Object... arguments) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (Object argument : arguments) {
      switch (argument) {
        case NamedParameter named -> fields.put(named.getName(), named.getValue());
        case Map<?, ?> map -> map.forEach((key, value) -> fields.put(Python.text(key), value));
        case null, default ->
            throw TemplateException.evaluation("a namespace has named values only");
      }
    }
    return fields;
  }

  private static @Nullable Object one(String function, @Nullable Object... arguments) {
    if (arguments.length != 1) {
      throw TemplateException.evaluation("%s wants 1 argument, not %d", function, arguments.length);
    }
    return arguments[0];
  }
}
