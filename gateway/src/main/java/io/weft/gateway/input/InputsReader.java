package io.weft.gateway.input;

import io.weft.gateway.backend.TokenIds;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import java.util.ArrayList;
import java.util.List;

/** Reads a string, a list of strings, a list of token ids or a list of lists of token ids. */
public final class InputsReader {
  private static final String EXPECTED = "a string, a list of strings or lists of token ids";

  private final int max;
  private final List<String> texts = new ArrayList<>();
  private final List<TokenIds> sequences = new ArrayList<>();
  private final TokenIds.Builder flat = new TokenIds.Builder();

  private InputsReader(int max) {
    this.max = max;
  }

  /**
   * Takes the value.
   *
   * @param max most texts, or lists of token ids
   */
  public static Inputs read(JsonReader value, int max) {
    return new InputsReader(max).read(value);
  }

  private Inputs read(JsonReader value) {
    String param = value.path();
    if (value.isString()) {
      return new Inputs(param, false, new Inputs.Texts(List.of(text(value))));
    }
    if (!value.isArray()) {
      throw value.wrongType(EXPECTED);
    }
    value.array(element -> takeElement(param, element));
    if (!texts.isEmpty()) {
      return new Inputs(param, true, new Inputs.Texts(texts));
    }
    if (!sequences.isEmpty()) {
      return new Inputs(param, true, new Inputs.Tokens(sequences));
    }
    if (flat.size() > 0) {
      return new Inputs(param, false, new Inputs.Tokens(List.of(flat.build())));
    }
    throw Invalid.range(param, param + " has 0 entries, at least 1 is needed");
  }

  private void takeElement(String param, JsonReader element) {
    if (element.isString() && sequences.isEmpty() && flat.size() == 0) {
      checkCount(param, texts.size());
      texts.add(text(element));
    } else if (element.isArray() && texts.isEmpty() && flat.size() == 0) {
      checkCount(param, sequences.size());
      sequences.add(sequence(element));
    } else if (element.isNumber() && texts.isEmpty() && sequences.isEmpty()) {
      flat.add(element.integer(0, Integer.MAX_VALUE));
    } else {
      boolean empty = texts.isEmpty() && sequences.isEmpty() && flat.size() == 0;
      throw empty
          ? element.wrongType("a string, a token id or a list of token ids")
          : element.wrongType("of the same kind as the entries before it");
    }
  }

  private void checkCount(String param, int count) {
    if (count == max) {
      throw Invalid.range(param, "%s has more than %,d entries".formatted(param, max));
    }
  }

  private static String text(JsonReader value) {
    String text = value.string();
    if (text.isEmpty()) {
      throw Invalid.range(value.path(), value.path() + " has 0 characters, at least 1 is needed");
    }
    return text;
  }

  private static TokenIds sequence(JsonReader list) {
    TokenIds.Builder ids = new TokenIds.Builder();
    String path = list.path();
    list.array(id -> ids.add(id.integer(0, Integer.MAX_VALUE)));
    if (ids.size() == 0) {
      throw Invalid.range(path, path + " has 0 token ids, at least 1 is needed");
    }
    return ids.build();
  }
}
