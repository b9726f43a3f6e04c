package io.weft.gateway.chat;

import io.weft.gateway.backend.ChatMessage;
import io.weft.gateway.backend.ToolCall;
import io.weft.gateway.generation.Refused;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import io.weft.gateway.tools.ToolCallReader;
import java.util.List;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** Reads one message of a conversation. Used once, by one thread. */
public final class MessageReader {
  /** Most calls of one message. */
  public static final int MAX_CALLS = 128;

  private @Nullable String role;
  private @Nullable String content;
  private List<ToolCall> toolCalls = List.of();
  private @Nullable String toolCallId;

  /** Takes the message, an object. */
  public ChatMessage read(JsonReader message) {
    String path = message.path();
    message.object(this::take);
    if (role == null) {
      throw Invalid.missing(path + ".role");
    }
    return message(path, role, content, toolCalls, toolCallId);
  }

  /**
   * A message, if its parts go together.
   *
   * @param path what the request calls it, for errors
   * @param role one of those that {@link #role} gives
   */
  public static ChatMessage message(
      String path,
      String role,
      @Nullable String content,
      List<ToolCall> toolCalls,
      @Nullable String toolCallId) {
    if (!toolCalls.isEmpty() && !role.equals("assistant")) {
      throw Invalid.value(
          path + ".tool_calls", path + ".tool_calls: only an assistant makes calls");
    }
    if (role.equals("tool") && toolCallId == null) {
      throw Invalid.missing(path + ".tool_call_id");
    }
    if (content == null && toolCalls.isEmpty()) {
      throw Invalid.missing(path + ".content");
    }
    return new ChatMessage(
        role, content == null ? "" : content, toolCalls, role.equals("tool") ? toolCallId : null);
  }

  private void take(String name, JsonReader value) {
    switch (name) {
      case "role" -> role = role(value.string(), value.path());
      case "content" -> content = content(value);
      case "tool_calls" ->
          toolCalls = value.list(MAX_CALLS, () -> new ToolCallReader().read(value));
      case "tool_call_id" -> toolCallId = value.string();
      case "function_call", "audio" -> Refused.unlessEmpty(value);
      default -> value.skip();
    }
  }

  /**
   * A role as templates know it.
   *
   * @param path what the request calls it, for errors
   */
  public static String role(String role, String path) {
    return switch (role) {
      case "system" -> "system";
      // what OpenAI calls the system's words since its reasoning models; no template knows it
      case "developer" -> "system";
      case "user" -> "user";
      case "assistant" -> "assistant";
      case "tool" -> "tool";
      case "function" ->
          throw Invalid.unsupported(path, path + " is 'function', only 'tool' is supported");
      default ->
          throw Invalid.value(
              path, path + " must be one of: system, developer, user, assistant, tool");
    };
  }

  /** A string, or text parts, which become one text with a line for each. */
  private static String content(JsonReader value) {
    if (value.isString()) {
      return value.string();
    }
    if (!value.isArray()) {
      throw value.wrongType("a string or a list of parts");
    }
    StringJoiner text = new StringJoiner("\n");
    value.array(part -> text.add(new PartReader().read(part)));
    return text.toString();
  }

  /** Reads one part of a message's content. */
  private static final class PartReader {
    private @Nullable String type;
    private @Nullable String text;

    String read(JsonReader part) {
      String path = part.path();
      part.object(this::take);
      if (type == null) {
        throw Invalid.missing(path + ".type");
      }
      if (!type.equals("text")) {
        throw Invalid.unsupported(
            path + ".type",
            "%s.type is '%s', only 'text' is supported".formatted(path, Refused.shown(type)));
      }
      if (text == null) {
        throw Invalid.missing(path + ".text");
      }
      return text;
    }

    private void take(String name, JsonReader value) {
      switch (name) {
        case "type" -> type = value.string();
        case "text" -> text = value.string();
        default -> value.skip();
      }
    }
  }
}
