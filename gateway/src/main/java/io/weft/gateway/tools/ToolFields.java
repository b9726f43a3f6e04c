package io.weft.gateway.tools;

import io.weft.gateway.backend.Tool;
import io.weft.gateway.json.JsonReader;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a request that are about tools: {@code tools}, {@code tool_choice} and {@code
 * parallel_tool_calls}. Used by one thread while a body is read.
 */
public final class ToolFields {
  private final Function<JsonReader, List<Tool>> reader;
  private List<Tool> tools = List.of();
  private @Nullable ToolChoice choice;
  private boolean parallel = true;

  /**
   * @param reader reads the list of tools: one of {@link ToolReader}'s
   */
  public ToolFields(Function<JsonReader, List<Tool>> reader) {
    this.reader = reader;
  }

  /** Takes the value of one field if it is one of these, else returns false. */
  public boolean take(String name, JsonReader value) {
    switch (name) {
      case "tools" -> tools = reader.apply(value);
      case "tool_choice" -> choice = ToolChoice.read(value);
      case "parallel_tool_calls" -> parallel = value.bool();
      default -> {
        return false;
      }
    }
    return true;
  }

  /**
   * What the request says of tools.
   *
   * @param shapeParam the field that asks for a shape of the text; null without one
   */
  public ToolUse use(@Nullable String shapeParam) {
    return ToolUse.checked(tools, choice == null ? ToolChoice.AUTO : choice, parallel, shapeParam);
  }
}
