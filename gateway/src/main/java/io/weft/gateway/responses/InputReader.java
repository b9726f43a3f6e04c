package io.weft.gateway.responses;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.gateway.backend.ChatMessage;
import io.weft.gateway.backend.ToolCall;
import io.weft.gateway.generation.Refused;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import io.weft.gateway.tools.ToolCallReader;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * Reads the field {@code input}: a text, or items (messages, calls of tools and their results),
 * which become the messages of a chat. Calls join the message of the assistant before them.
 */
final class InputReader {
  static final int MAX_ITEMS = 4_096;

  private final List<ChatMessage> messages = new ArrayList<>();

  private InputReader() {}

  static List<ChatMessage> read(JsonReader value) {
    InputReader reader = new InputReader();
    if (value.isString()) {
      return List.of(new ChatMessage("user", value.string()));
    }
    if (!value.isArray()) {
      throw value.wrongType("a string or a list of items");
    }
    value.list(
        MAX_ITEMS,
        () -> {
          reader.add(new Item().read(value));
          return reader;
        });
    if (reader.messages.isEmpty()) {
      throw Invalid.range("input", "input has 0 entries, at least 1 is needed");
    }
    return reader.messages;
  }

  private void add(ChatMessage message) {
    boolean isCall = !message.toolCalls().isEmpty();
    if (!isCall || messages.isEmpty() || !messages.getLast().role().equals("assistant")) {
      messages.add(message);
      return;
    }
    ChatMessage last = messages.removeLast();
    List<ToolCall> calls = new ArrayList<>(last.toolCalls());
    calls.addAll(message.toolCalls());
    messages.add(new ChatMessage("assistant", last.content(), calls, null));
  }

  /** One item while it is read. */
  private static final class Item {
    private String type = "message";
    private @Nullable String role;
    private @Nullable String content;
    private @Nullable String callId;
    private @Nullable String name;
    private @Nullable JsonNode arguments;
    private @Nullable String output;

    ChatMessage read(JsonReader item) {
      String path = item.path();
      item.object(this::take);
      return switch (type) {
        case "message" ->
            new ChatMessage(require(role, path + ".role"), require(content, path + ".content"));
        case "function_call" ->
            new ChatMessage(
                "assistant",
                "",
                List.of(
                    new ToolCall(
                        require(callId, path + ".call_id"),
                        require(name, path + ".name"),
                        require(arguments, path + ".arguments"))),
                null);
        case "function_call_output" ->
            new ChatMessage(
                "tool",
                require(output, path + ".output"),
                List.of(),
                require(callId, path + ".call_id"));
        default ->
            throw Invalid.unsupported(
                path + ".type",
                "%s.type is '%s', only message, function_call and function_call_output are supported"
                    .formatted(path, Refused.shown(type)));
      };
    }

    private void take(String field, JsonReader value) {
      switch (field) {
        case "type" -> type = value.string();
        case "role" -> role = role(value);
        case "content" -> content = text(value);
        case "call_id" -> callId = value.string();
        case "name" -> name = value.string();
        case "arguments" -> arguments = ToolCallReader.arguments(value);
        case "output" -> output = text(value);
        default -> value.skip();
      }
    }

    private static String role(JsonReader value) {
      return switch (value.string()) {
        case "system", "developer" -> "system";
        case "user" -> "user";
        case "assistant" -> "assistant";
        default ->
            throw Invalid.value(
                value.path(), value.path() + " must be one of: system, developer, user, assistant");
      };
    }

    private static <T> T require(@Nullable T value, String path) {
      if (value == null) {
        throw Invalid.missing(path);
      }
      return value;
    }

    /** A string, or text parts, which become one text with a line for each. */
    private static String text(JsonReader value) {
      if (value.isString()) {
        return value.string();
      }
      if (!value.isArray()) {
        throw value.wrongType("a string or a list of parts");
      }
      StringJoiner text = new StringJoiner("\n");
      value.array(part -> text.add(new Part().read(part)));
      return text.toString();
    }
  }

  /** One part of a content while it is read. */
  private static final class Part {
    private @Nullable String type;
    private @Nullable String text;

    String read(JsonReader part) {
      String path = part.path();
      part.object(this::take);
      String kind = Item.require(type, path + ".type");
      return switch (kind) {
        case "input_text", "output_text", "text" -> Item.require(text, path + ".text");
        default ->
            throw Invalid.unsupported(
                path + ".type",
                "%s.type is '%s', only input_text and output_text are supported"
                    .formatted(path, Refused.shown(kind)));
      };
    }

    private void take(String field, JsonReader value) {
      switch (field) {
        case "type" -> type = value.string();
        case "text" -> text = value.string();
        default -> value.skip();
      }
    }
  }
}
