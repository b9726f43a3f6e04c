package io.weft.gateway.json;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** One of several names. */
public final class Choice {
  private Choice() {}

  /** Takes the name of one of {@code choices} in lower case. */
  public static <E extends Enum<E>> E read(JsonReader value, E[] choices) {
    String text = value.string();
    for (E choice : choices) {
      if (name(choice).equals(text)) {
        return choice;
      }
    }
    throw Invalid.value(
        value.path(),
        "%s must be one of: %s"
            .formatted(
                value.path(),
                Arrays.stream(choices).map(Choice::name).collect(Collectors.joining(", "))));
  }

  private static String name(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT);
  }
}
