package io.weft.gateway.grpc;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.gateway.backend.ChatMessage;
import io.weft.gateway.backend.Constraint;
import io.weft.gateway.backend.ToolCall;
import io.weft.gateway.chat.MessageReader;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.tools.Conversation;
import io.weft.gateway.tools.TemplateVariables;
import io.weft.gateway.tools.ToolCallReader;
import io.weft.gateway.tools.ToolChoice;
import io.weft.gateway.tools.ToolReader;
import io.weft.gateway.tools.ToolUse;
import io.weft.proto.gateway.v1.ChatRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The messages and tools of Chat, checked as REST checks them. */
final class ConversationProtos {
  private static final int MAX_MESSAGES = 4_096;

  private ConversationProtos() {}

  /**
   * What is to be answered.
   *
   * @param shape of the text that the request asks for; null for any
   */
  static Conversation conversation(ChatRequest request, @Nullable Constraint shape) {
    Fields.count("messages", request.getMessagesCount(), 1, MAX_MESSAGES);
    List<ChatMessage> messages = new ArrayList<>(request.getMessagesCount());
    for (io.weft.proto.gateway.v1.ChatMessage message : request.getMessagesList()) {
      messages.add(message(message, "messages[%d]".formatted(messages.size())));
    }
    return new Conversation(
        messages,
        "messages",
        tools(request, shape),
        request.hasTemplateOptions()
            ? TemplateVariables.checked(
                StructProtos.object(request.getTemplateOptions(), "template_options"),
                "template_options")
            : null);
  }

  private static ChatMessage message(io.weft.proto.gateway.v1.ChatMessage message, String path) {
    Fields.count(path + ".tool_calls", message.getToolCallsCount(), 0, MessageReader.MAX_CALLS);
    List<ToolCall> calls = new ArrayList<>(message.getToolCallsCount());
    for (io.weft.proto.gateway.v1.ToolCall call : message.getToolCallsList()) {
      calls.add(call(call, "%s.tool_calls[%d]".formatted(path, calls.size())));
    }
    String role = MessageReader.role(message.getRole(), path + ".role");
    if (message.hasToolCallId() && !role.equals("tool")) {
      throw Invalid.value(
          path + ".tool_call_id", path + ".tool_call_id: only a tool's message has one");
    }
    return MessageReader.message(
        path,
        role,
        message.getContent(),
        calls,
        message.hasToolCallId() ? message.getToolCallId() : null);
  }

  private static ToolCall call(io.weft.proto.gateway.v1.ToolCall call, String path) {
    return new ToolCall(
        Fields.text(path + ".id", call.getId()),
        ToolReader.checkName(call.getName(), path + ".name"),
        ToolCallReader.arguments(call.getArguments(), path + ".arguments"));
  }

  private static ToolUse tools(ChatRequest request, @Nullable Constraint shape) {
    List<JsonNode> definitions = new ArrayList<>(request.getToolsCount());
    for (com.google.protobuf.Struct tool : request.getToolsList()) {
      definitions.add(StructProtos.object(tool, "tools[%d]".formatted(definitions.size())));
    }
    return ToolUse.checked(
        ToolReader.chat(definitions, "tools"),
        choice(request.getToolChoice()),
        !request.hasParallelToolCalls() || request.getParallelToolCalls(),
        shape == null ? null : shape.param());
  }

  private static ToolChoice choice(io.weft.proto.gateway.v1.ToolChoice choice) {
    return switch (choice.getChoiceCase()) {
      case CHOICE_NOT_SET -> ToolChoice.AUTO;
      case FUNCTION ->
          new ToolChoice(
              ToolChoice.Mode.REQUIRED,
              ToolReader.checkName(choice.getFunction(), "tool_choice.function"));
      case MODE ->
          switch (choice.getMode()) {
            case TOOL_CHOICE_MODE_UNSPECIFIED, TOOL_CHOICE_MODE_AUTO -> ToolChoice.AUTO;
            case TOOL_CHOICE_MODE_NONE -> new ToolChoice(ToolChoice.Mode.NONE, null);
            case TOOL_CHOICE_MODE_REQUIRED -> new ToolChoice(ToolChoice.Mode.REQUIRED, null);
            case UNRECOGNIZED ->
                throw Invalid.value(
                    "tool_choice.mode", "tool_choice.mode is not one of the known values");
          };
    };
  }
}
