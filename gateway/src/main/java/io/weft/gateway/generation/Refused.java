package io.weft.gateway.generation;

import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import java.util.Arrays;

/**
 * Fields of OpenAI's and vLLM's APIs that would change the answer and that this server does not
 * have. They are refused, since an answer that quietly leaves them out would be a wrong one; the
 * values that mean "not used" pass.
 */
public final class Refused {
  private static final String SAFE = "[A-Za-z0-9_.-]{1,32}";

  private Refused() {}

  /** Refuses all but an empty list, an empty object, an empty string and {@code false}. */
  public static void unlessEmpty(JsonReader value) {
    String path = value.path();
    if (value.isArray()) {
      value.array(
          _ -> {
            throw refusal(path);
          });
    } else if (value.isString()) {
      if (!value.string().isEmpty()) {
        throw refusal(path);
      }
    } else if (value.isBool()) {
      if (value.bool()) {
        throw refusal(path);
      }
    } else if (value.isNumber()) {
      throw refusal(path);
    } else {
      value.object(
          (_, _) -> {
            throw refusal(path);
          });
    }
  }

  /** Refuses all but {@code true}, where that is what is done without the field. */
  public static void unlessTrue(JsonReader value) {
    if (!value.isBool() || !value.bool()) {
      throw Invalid.unsupported(
          value.path(), "%s is supported only as: true".formatted(value.path()));
    }
  }

  /** Refuses all but some strings. */
  public static void unlessOneOf(JsonReader value, String... allowed) {
    if (!value.isString() || !Arrays.asList(allowed).contains(value.string())) {
      throw Invalid.unsupported(
          value.path(),
          "%s is supported only as: %s".formatted(value.path(), String.join(", ", allowed)));
    }
  }

  /** A short identifier as it is; anything else, which might be text, not at all. */
  public static String shown(String identifier) {
    return identifier.matches(SAFE) ? identifier : "...";
  }

  private static RuntimeException refusal(String path) {
    return Invalid.unsupported(path, path + " is not supported");
  }
}
