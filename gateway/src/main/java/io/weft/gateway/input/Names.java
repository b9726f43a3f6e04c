package io.weft.gateway.input;

import io.weft.gateway.backend.ItemNames;

/**
 * The items of a list by their index, or the only value of a field by the field's name.
 *
 * @param param the field's name
 * @param isList whether it is a list
 */
public record Names(String param, boolean isList) implements ItemNames {
  /** The entries of a list. */
  public static Names list(String param) {
    return new Names(param, true);
  }

  @Override
  public String name(int index) {
    return isList ? "%s[%d]".formatted(param, index) : param;
  }
}
