package io.weft.gateway.input;

import io.weft.gateway.backend.ItemNames;
import io.weft.gateway.backend.TextPair;
import io.weft.gateway.json.JsonReader;
import java.util.List;

/**
 * What a request gives as a text or a list of texts.
 *
 * @param param the field's name
 * @param isList whether it was a list, so that errors name one by its index
 * @param texts at least one, none empty
 */
public record TextInputs(String param, boolean isList, List<String> texts) implements ItemNames {
  public TextInputs {
    texts = List.copyOf(texts);
  }

  /**
   * Takes the value.
   *
   * @param max most texts
   */
  public static TextInputs read(JsonReader value, int max) {
    String param = value.path();
    if (value.isString()) {
      return new TextInputs(param, false, List.of(TextList.text(value)));
    }
    if (!value.isArray()) {
      throw value.wrongType("a string or a list of strings");
    }
    return new TextInputs(param, true, TextList.read(value, max));
  }

  /** The texts as the tokenizer takes them. */
  public List<TextPair> pairs() {
    return texts.stream().map(TextPair::of).toList();
  }

  /** {@code input}, or {@code input[3]} of a list. */
  @Override
  public String name(int index) {
    return new Names(param, isList).name(index);
  }

  /** Names the count only: texts are never logged. */
  @Override
  public String toString() {
    return texts.size() + " texts";
  }
}
