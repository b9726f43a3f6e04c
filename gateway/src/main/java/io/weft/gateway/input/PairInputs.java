package io.weft.gateway.input;

import io.weft.gateway.backend.ItemNames;
import io.weft.gateway.backend.TextPair;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import java.util.List;

/**
 * What a request gives as {@code input}: a text, or a list of texts and pairs {@code [text, text]}.
 *
 * @param param the field's name
 * @param isList whether it was a list, so that errors name one by its index
 * @param pairs at least one, no text empty
 */
public record PairInputs(String param, boolean isList, List<TextPair> pairs) implements ItemNames {
  public PairInputs {
    pairs = List.copyOf(pairs);
  }

  /**
   * Takes the value.
   *
   * @param max most texts and pairs
   */
  public static PairInputs read(JsonReader value, int max) {
    String param = value.path();
    if (value.isString()) {
      return new PairInputs(param, false, List.of(TextPair.of(TextList.text(value))));
    }
    if (!value.isArray()) {
      throw value.wrongType("a string, or a list of strings and pairs of strings");
    }
    List<TextPair> pairs = value.list(max, () -> element(value));
    if (pairs.isEmpty()) {
      throw Invalid.range(param, param + " has 0 entries, at least 1 is needed");
    }
    return new PairInputs(param, true, pairs);
  }

  private static TextPair element(JsonReader value) {
    if (value.isString()) {
      return TextPair.of(TextList.text(value));
    }
    if (!value.isArray()) {
      throw value.wrongType("a string or a pair of strings");
    }
    String param = value.path();
    List<String> texts = TextList.read(value, 2);
    if (texts.size() != 2) {
      throw Invalid.range(param, param + " has 1 entry, a pair has 2");
    }
    return new TextPair(texts.getFirst(), texts.getLast());
  }

  /** {@code input}, or {@code input[3]} of a list. */
  @Override
  public String name(int index) {
    return new Names(param, isList).name(index);
  }

  /** Names the count only: texts are never logged. */
  @Override
  public String toString() {
    return pairs.size() + " texts or pairs";
  }
}
