package io.weft.tokenizer.chat;

import com.hubspot.jinjava.util.ForLoop;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The {@code loop} variable; Jinjava's {@code break} and {@code continue} act on it. */
final class Loop extends ForLoop {
  private final List<@Nullable Object> items;
  private @Nullable List<@Nullable Object> last;

  Loop(List<@Nullable Object> items) {
    super(items.iterator(), items.size());
    this.items = items;
  }

  /** {@code loop.name}; null where there is none. */
  @Nullable Object attribute(String name) {
    int index = getIndex0();
    return switch (name) {
      case "index" -> (long) index + 1;
      case "index0" -> (long) index;
      case "revindex" -> (long) items.size() - index;
      case "revindex0" -> (long) items.size() - index - 1;
      case "first" -> index == 0;
      case "last" -> index == items.size() - 1;
      case "length" -> length();
      case "depth" -> 1L;
      case "depth0" -> 0L;
      case "previtem" -> index > 0 ? items.get(index - 1) : null;
      case "nextitem" -> index + 1 < items.size() ? items.get(index + 1) : null;
      default -> null;
    };
  }

  long length() {
    return items.size();
  }

  /** Calls {@code loop.name(arguments)}. */
  @Nullable Object call(String name, List<@Nullable Object> arguments) {
    return switch (name) {
      case "cycle" -> {
        if (arguments.isEmpty()) {
          throw TemplateException.evaluation("loop.cycle wants arguments");
        }
        yield arguments.get(getIndex0() % arguments.size());
      }
      case "changed" -> {
        boolean changed = last == null || !Python.equal(last, arguments);
        last = arguments;
        yield changed;
      }
      default -> throw TemplateException.evaluation("loop.%s is not supported", name);
    };
  }
}
