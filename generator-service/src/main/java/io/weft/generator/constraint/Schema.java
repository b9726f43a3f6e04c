package io.weft.generator.constraint;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A schema inside of a document.
 *
 * @param pointer where it stands, for errors; names that might be text are left out
 */
record Schema(JsonNode node, String pointer) {
  /** The schema at a keyword. */
  Schema child(String keyword) {
    return new Schema(node.get(keyword), pointer + "/" + keyword);
  }

  /** An element of a list of schemas. */
  Schema child(String keyword, int index) {
    return new Schema(node.get(keyword).get(index), pointer + "/" + keyword + "/" + index);
  }

  Refusal invalid(String keyword, String message) {
    return Refusal.invalid("%s, %s: %s".formatted(pointer, keyword, message));
  }

  Refusal unsupported(String keyword, String message) {
    return Refusal.unsupported(
        "%s, %s: not supported by this version: %s".formatted(pointer, keyword, message));
  }
}
