package io.weft.gateway.tools;

import io.weft.gateway.generation.Refused;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import org.jspecify.annotations.Nullable;

/**
 * Whether the model is to call a tool.
 *
 * @param mode whether
 * @param name which, if it must be a certain one
 */
public record ToolChoice(Mode mode, @Nullable String name) {
  /** Ways to choose. */
  public enum Mode {
    /** It cannot, and is not told of the tools. */
    NONE,
    /** It may. */
    AUTO,
    /** It must. */
    REQUIRED
  }

  /** What holds unless a request says otherwise. */
  public static final ToolChoice AUTO = new ToolChoice(Mode.AUTO, null);

  /** Reads a choice; a certain tool is named in an object, within {@code function} or not. */
  public static ToolChoice read(JsonReader value) {
    if (!value.isString()) {
      return new Reader().read(value);
    }
    return switch (value.string()) {
      case "none" -> new ToolChoice(Mode.NONE, null);
      case "auto" -> AUTO;
      case "required" -> new ToolChoice(Mode.REQUIRED, null);
      default ->
          throw Invalid.value(
              value.path(),
              value.path() + " must be one of: none, auto, required, or name a function");
    };
  }

  /** As OpenAI's responses give it back: a word, or the function. */
  public Object shown() {
    return switch (mode) {
      case NONE -> "none";
      case AUTO -> "auto";
      case REQUIRED -> name == null ? "required" : new Named("function", name);
    };
  }

  /**
   * A certain function.
   *
   * @param type {@code function}
   * @param name its name
   */
  public record Named(String type, String name) {}

  /** Used by one thread. */
  private static final class Reader {
    private @Nullable String type;
    private @Nullable String name;

    ToolChoice read(JsonReader choice) {
      String path = choice.path();
      choice.object(this::take);
      if (type == null) {
        throw Invalid.missing(path + ".type");
      }
      if (!type.equals("function")) {
        throw Invalid.unsupported(
            path + ".type",
            "%s.type is '%s', only 'function' is supported".formatted(path, Refused.shown(type)));
      }
      if (name == null) {
        throw Invalid.missing(path + ".name");
      }
      return new ToolChoice(Mode.REQUIRED, name);
    }

    private void take(String field, JsonReader value) {
      switch (field) {
        case "type" -> type = value.string();
        case "name" -> name = ToolReader.name(value);
        case "function" ->
            value.object(
                (inner, innerValue) -> {
                  if (inner.equals("name")) {
                    name = ToolReader.name(innerValue);
                  } else {
                    innerValue.skip();
                  }
                });
        default -> value.skip();
      }
    }
  }
}
