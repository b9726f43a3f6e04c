package io.weft.gateway.tools;

import io.weft.gateway.backend.Constraint;
import io.weft.gateway.backend.EncodedChat;
import io.weft.gateway.backend.GenerationOptions;
import io.weft.gateway.backend.Tool;
import io.weft.gateway.backend.ToolCallForm;
import io.weft.gateway.json.Invalid;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a request says of tools.
 *
 * @param tools that there are
 * @param choice whether the model is to call one
 * @param parallel whether it may call several at once
 */
public record ToolUse(List<Tool> tools, ToolChoice choice, boolean parallel) {
  public ToolUse {
    tools = List.copyOf(tools);
  }

  /**
   * What a request says, if it goes together.
   *
   * @param shapeParam the field that asks for a shape of the text; null without one
   */
  public static ToolUse checked(
      List<Tool> tools, ToolChoice choice, boolean parallel, @Nullable String shapeParam) {
    String name = choice.name();
    if (choice.mode() == ToolChoice.Mode.REQUIRED && tools.isEmpty()) {
      throw Invalid.value("tool_choice", "tool_choice needs tools");
    }
    if (name != null && tools.stream().noneMatch(tool -> tool.name().equals(name))) {
      throw Invalid.value("tool_choice", "tool_choice names a function that is not among tools");
    }
    ToolUse use = new ToolUse(tools, choice, parallel);
    if (shapeParam != null && !use.offered().isEmpty()) {
      throw Invalid.value(
          shapeParam,
          "%s and tools exclude each other unless tool_choice is 'none'".formatted(shapeParam));
    }
    return use;
  }

  /** The tools that the model is told of. */
  public List<Tool> offered() {
    return choice.mode() == ToolChoice.Mode.NONE ? List.of() : tools;
  }

  /** Whether the answer must be a call. */
  public boolean isForced() {
    return choice.mode() == ToolChoice.Mode.REQUIRED;
  }

  /**
   * What goes to the generator: where a call is forced, its shape; where the marks of calls are
   * special tokens, these too.
   */
  public GenerationOptions options(GenerationOptions asked, EncodedChat prompt) {
    ToolCallForm form = prompt.form();
    if (form == null) {
      return asked;
    }
    if (isForced()) {
      String schema = CallSchema.of(callable(), form.argumentsKey());
      return asked.with(new Constraint(Constraint.Kind.JSON_SCHEMA, List.of(schema), "tools"));
    }
    return prompt.marksAreSpecial() ? asked.withSpecialTokens() : asked;
  }

  /** Finds the calls in the text of one sequence. */
  public CallParser parser(EncodedChat prompt) {
    ToolCallForm form = prompt.form();
    if (form == null) {
      return new PlainText();
    }
    Set<String> names = callable().stream().map(Tool::name).collect(Collectors.toSet());
    Calls calls = new Calls(names, parallel);
    if (isForced()) {
      return new ForcedCall(calls, form.argumentsKey());
    }
    return switch (form) {
      case TAGGED -> new TaggedCalls(calls);
      case LLAMA -> new BareCalls(calls, form, List.of("<|python_tag|>", "<|eom_id|>", ";"));
      case JSON -> new BareCalls(calls, form, List.of());
    };
  }

  private List<Tool> callable() {
    String only = choice.name();
    return only == null ? tools : tools.stream().filter(tool -> tool.name().equals(only)).toList();
  }
}
