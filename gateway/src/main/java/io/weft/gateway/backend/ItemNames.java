package io.weft.gateway.backend;

/** What a request calls the items of a batch, for errors. */
public interface ItemNames {
  /** The field that holds them, such as {@code input}. */
  String param();

  /** One of them, such as {@code input[3]}. */
  String name(int index);
}
