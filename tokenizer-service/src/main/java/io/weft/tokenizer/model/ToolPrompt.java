package io.weft.tokenizer.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.tokenizer.chat.ChatTemplate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * Tools for models whose chat template does not know them: what such a template would leave out
 * becomes text of the messages. Definitions go into the system message, with a word on how to call
 * them; calls into the text of the assistant who made them; results into messages of the user,
 * those of one turn together, since many templates want user and assistant in turn.
 */
final class ToolPrompt {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String HOW =
      """
      You can call these tools. To call one, answer with nothing but a JSON object \
      {"name": "...", "arguments": {...}}; to call several, with a list of such objects. \
      If no tool helps, answer in words.

      """;

  private ToolPrompt() {}

  /** The messages as the template can show them. */
  static List<ChatPrompt.Message> messages(
      ChatTemplate template, List<ChatPrompt.Message> messages, List<Map<String, Object>> tools) {
    List<ChatPrompt.Message> shown = messages;
    if (!template.mentions("tool_calls") && messages.stream().anyMatch(ToolPrompt::isOfTools)) {
      shown = written(messages);
    }
    return tools.isEmpty() || template.mentions("tools") ? shown : defined(shown, tools);
  }

  private static List<ChatPrompt.Message> defined(
      List<ChatPrompt.Message> messages, List<Map<String, Object>> tools) {
    StringJoiner text = new StringJoiner("\n", HOW, "");
    tools.forEach(tool -> text.add(json(tool.getOrDefault("function", tool))));
    List<ChatPrompt.Message> defined = new ArrayList<>(messages);
    ChatPrompt.Message first = messages.getFirst();
    if (first.role().equals("system")) {
      String content = first.content().isEmpty() ? "" : first.content() + "\n\n";
      defined.set(0, new ChatPrompt.Message("system", content + text, first.extra()));
    } else {
      defined.addFirst(new ChatPrompt.Message("system", text.toString(), Map.of()));
    }
    return defined;
  }

  private static boolean isOfTools(ChatPrompt.Message message) {
    return message.role().equals("tool") || message.extra().containsKey("tool_calls");
  }

  private static List<ChatPrompt.Message> written(List<ChatPrompt.Message> messages) {
    List<ChatPrompt.Message> written = new ArrayList<>();
    Map<Object, Object> names = new HashMap<>();
    StringJoiner results = new StringJoiner("\n\n");
    for (ChatPrompt.Message message : messages) {
      if (message.role().equals("tool")) {
        results.add(result(message, names));
        continue;
      }
      results = close(written, results);
      written.add(called(message, names));
    }
    close(written, results);
    return written;
  }

  private static StringJoiner close(List<ChatPrompt.Message> written, StringJoiner results) {
    if (results.length() > 0) {
      written.add(new ChatPrompt.Message("user", results.toString(), Map.of()));
    }
    return new StringJoiner("\n\n");
  }

  private static String result(ChatPrompt.Message message, Map<Object, Object> names) {
    Object name = names.get(message.extra().get("tool_call_id"));
    return name == null
        ? "Result:\n" + message.content()
        : "Result of %s:\n%s".formatted(name, message.content());
  }

  private static ChatPrompt.Message called(ChatPrompt.Message message, Map<Object, Object> names) {
    if (!(message.extra().get("tool_calls") instanceof List<?> calls)) {
      return message;
    }
    StringJoiner text = new StringJoiner("\n");
    if (!message.content().isEmpty()) {
      text.add(message.content());
    }
    for (Object call : calls) {
      Object function = function(call);
      if (function instanceof Map<?, ?> fields && call instanceof Map<?, ?> outer) {
        names.put(outer.get("id"), fields.get("name"));
      }
      text.add(json(function));
    }
    return new ChatPrompt.Message(message.role(), text.toString(), Map.of());
  }

  private static @Nullable Object function(@Nullable Object call) {
    return call instanceof Map<?, ?> fields && fields.containsKey("function")
        ? fields.get("function")
        : call;
  }

  private static String json(@Nullable Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("what came as JSON is JSON", e);
    }
  }
}
