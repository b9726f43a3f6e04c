package io.weft.gateway.backend;

import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.weft.proto.tokenizer.v1.EncodeChatRequest;
import io.weft.proto.tokenizer.v1.EncodeChatResponse;
import io.weft.runtime.error.WeftException;

/** Chats as the tokenizer takes them, and what it makes of them. */
final class ChatProtos {
  private ChatProtos() {}

  static EncodeChatRequest chatRequest(String model, ChatInput chat) {
    EncodeChatRequest.Builder request =
        EncodeChatRequest.newBuilder()
            .setModel(model)
            .setAddGenerationPrompt(true)
            .setBeginToolCall(chat.beginToolCall());
    chat.messages().forEach(message -> request.addMessages(message(message)));
    chat.tools().forEach(tool -> request.addTools(JsonProtos.struct(tool.definition())));
    if (chat.variables() != null) {
      request.setTemplateOptions(JsonProtos.struct(chat.variables()));
    }
    return request.build();
  }

  static EncodeChatRequest renderRequest(String model, ChatInput chat, ChatRendering rendering) {
    return chatRequest(model, chat).toBuilder()
        .setAddGenerationPrompt(rendering.addGenerationPrompt())
        .setContinueFinalMessage(rendering.continueFinalMessage())
        .setReturnText(true)
        .build();
  }

  private static io.weft.proto.tokenizer.v1.ChatMessage message(ChatMessage message) {
    Struct.Builder extra = Struct.newBuilder();
    if (!message.toolCalls().isEmpty()) {
      ListValue.Builder calls = ListValue.newBuilder();
      message.toolCalls().forEach(call -> calls.addValues(JsonProtos.value(call(call))));
      extra.putFields("tool_calls", Value.newBuilder().setListValue(calls).build());
    }
    String id = message.toolCallId();
    if (id != null) {
      extra.putFields("tool_call_id", JsonProtos.value(id));
    }
    return io.weft.proto.tokenizer.v1.ChatMessage.newBuilder()
        .setRole(message.role())
        .setContent(message.content())
        .setExtra(extra)
        .build();
  }

  private static Struct call(ToolCall call) {
    return Struct.newBuilder()
        .putFields("id", JsonProtos.value(call.id()))
        .putFields("type", JsonProtos.value("function"))
        .putFields(
            "function",
            JsonProtos.value(
                Struct.newBuilder()
                    .putFields("name", JsonProtos.value(call.name()))
                    .putFields("arguments", JsonProtos.value(call.arguments()))
                    .build()))
        .build();
  }

  static EncodedChat encodedChat(EncodeChatResponse response) {
    ToolCallForm form =
        switch (response.getToolCallForm()) {
          case TOOL_CALL_FORM_JSON -> ToolCallForm.JSON;
          case TOOL_CALL_FORM_TAGGED -> ToolCallForm.TAGGED;
          case TOOL_CALL_FORM_LLAMA -> ToolCallForm.LLAMA;
          case TOOL_CALL_FORM_UNSPECIFIED -> null;
          case UNRECOGNIZED ->
              throw new WeftException.Internal(
                  "the tokenizer told a form of tool calls that is not known", null);
        };
    return new EncodedChat(
        TokenIds.of(response.getIdsList()), form, response.getToolCallMarksSpecial());
  }
}
