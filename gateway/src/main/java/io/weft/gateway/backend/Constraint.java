package io.weft.gateway.backend;

import java.util.List;

/**
 * A shape that the generated text must have.
 *
 * @param kind what the texts are
 * @param texts one JSON schema or regular expression, any number of choices, none for any object
 * @param param what the API calls it, for errors
 */
public record Constraint(Kind kind, List<String> texts, String param) {
  public Constraint {
    texts = List.copyOf(texts);
  }

  /** Kinds of shapes. */
  public enum Kind {
    JSON_SCHEMA,
    JSON_OBJECT,
    REGEX,
    CHOICE
  }

  /** Names counts only: the texts are text of the request. */
  @Override
  public String toString() {
    return "Constraint[%s, %d texts]".formatted(kind, texts.size());
  }
}
