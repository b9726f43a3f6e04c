package io.weft.gateway.input;

import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import java.util.List;
import java.util.function.Function;

/** Reads texts, none of them empty. */
public final class TextList {
  private TextList() {}

  /** Takes a list of 1 to {@code max} texts. */
  public static List<String> read(JsonReader value, int max) {
    return read(value, max, TextList::text);
  }

  /** Takes a list of 1 to {@code max} texts, each of which {@code element} takes. */
  public static List<String> read(JsonReader value, int max, Function<JsonReader, String> element) {
    String param = value.path();
    List<String> texts = value.list(max, () -> element.apply(value));
    if (texts.isEmpty()) {
      throw Invalid.range(param, param + " has 0 entries, at least 1 is needed");
    }
    return texts;
  }

  /** Takes one text. */
  public static String text(JsonReader value) {
    String text = value.string();
    if (text.isEmpty()) {
      throw Invalid.range(value.path(), value.path() + " has 0 characters, at least 1 is needed");
    }
    return text;
  }
}
