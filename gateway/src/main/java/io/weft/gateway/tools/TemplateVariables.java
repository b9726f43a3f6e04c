package io.weft.gateway.tools;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import io.weft.gateway.json.Trees;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a request that are variables of the model's chat template: {@code
 * chat_template_kwargs} as vLLM has it, and {@code reasoning_effort} and {@code enable_thinking},
 * which are variables of that name. A template that does not read them is not changed by them. Used
 * by one thread while a body is read.
 */
public final class TemplateVariables {
  private static final int MAX_BYTES = 65_536;

  /** Set by the tokenizer itself. */
  private static final List<String> RESERVED =
      List.of("messages", "tools", "documents", "add_generation_prompt");

  private static final List<String> EFFORTS =
      List.of("none", "minimal", "low", "medium", "high", "xhigh");

  private final ObjectNode own = JsonNodeFactory.instance.objectNode();
  private @Nullable JsonNode given;

  /** Takes the value of one field if it is one of these, else returns false. */
  public boolean take(String name, JsonReader value) {
    switch (name) {
      case "chat_template_kwargs" -> given = read(value);
      case "reasoning_effort" -> takeEffort(value);
      case "enable_thinking" -> own.put(name, value.bool());
      case "chat_template" ->
          throw Invalid.unsupported(
              value.path(), "chat_template is not supported: the model's own is used");
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Takes how much the model is to think before it answers, where a template asks. */
  public void takeEffort(JsonReader value) {
    String effort = value.string();
    if (!EFFORTS.contains(effort)) {
      throw Invalid.value(
          value.path(),
          "%s must be one of: %s".formatted(value.path(), String.join(", ", EFFORTS)));
    }
    own.put("reasoning_effort", effort);
  }

  /** All of them, an object; null without any. */
  public @Nullable JsonNode variables() {
    if (given == null) {
      return own.isEmpty() ? null : own;
    }
    ObjectNode all = given.deepCopy();
    for (var variable : own.properties()) {
      if (all.has(variable.getKey())) {
        throw Invalid.value(
            "chat_template_kwargs",
            "chat_template_kwargs has %s, which the request has too".formatted(variable.getKey()));
      }
      all.set(variable.getKey(), variable.getValue());
    }
    return all;
  }

  private static JsonNode read(JsonReader value) {
    String param = value.path();
    JsonNode tree = value.tree(MAX_BYTES, ToolReader.MAX_DEPTH);
    if (!tree.isObject()) {
      throw Invalid.type(param, "an object", Trees.describe(tree));
    }
    return withoutReserved(tree, param);
  }

  /**
   * Variables that came as a tree.
   *
   * @param param what the request calls them, for errors
   */
  public static JsonNode checked(ObjectNode variables, String param) {
    int bytes = variables.toString().getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_BYTES) {
      throw Invalid.range(param, "%s has %,d bytes > %,d".formatted(param, bytes, MAX_BYTES));
    }
    Trees.checkDepth(variables, param, ToolReader.MAX_DEPTH);
    return withoutReserved(variables, param);
  }

  private static JsonNode withoutReserved(JsonNode variables, String param) {
    for (String name : RESERVED) {
      if (variables.has(name)) {
        throw Invalid.value(param, "%s has %s, which is set by the service".formatted(param, name));
      }
    }
    return variables;
  }
}
