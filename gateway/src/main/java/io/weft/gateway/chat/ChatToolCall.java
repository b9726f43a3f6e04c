package io.weft.gateway.chat;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * A call of a tool, or a piece of one, in OpenAI's shape.
 *
 * @param index of the call, in events only
 * @param id unique; absent in all pieces but the first
 * @param type {@code function}; absent with the id
 * @param function what is called
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record ChatToolCall(
    @Nullable Integer index, @Nullable String id, @Nullable String type, Function function) {
  /**
   * What is called.
   *
   * @param name of the tool; absent with the id
   * @param arguments a JSON object as text, or a piece of it
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Function(@Nullable String name, String arguments) {}

  static ChatToolCall whole(String id, String name, String arguments) {
    return new ChatToolCall(null, id, "function", new Function(name, arguments));
  }

  static ChatToolCall first(int index, String id, String name) {
    return new ChatToolCall(index, id, "function", new Function(name, ""));
  }

  static ChatToolCall next(int index, String arguments) {
    return new ChatToolCall(index, null, null, new Function(null, arguments));
  }
}
