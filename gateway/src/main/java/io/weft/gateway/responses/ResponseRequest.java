package io.weft.gateway.responses;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.gateway.backend.ChatMessage;
import io.weft.gateway.backend.GenerationOptions;
import io.weft.gateway.tools.Conversation;
import io.weft.gateway.tools.ToolUse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A valid request for a response.
 *
 * @param model as the client named it
 * @param instructions what the system says; null for nothing
 * @param input the conversation, oldest first, at least one message
 * @param format the shape of the text
 * @param tools what it says of tools
 * @param variables further ones for the chat template, an object; null without any
 * @param options what goes to the generator
 * @param metadata the client's own notes, to be given back
 * @param stream whether to answer with events
 */
record ResponseRequest(
    String model,
    @Nullable String instructions,
    List<ChatMessage> input,
    TextFormat format,
    ToolUse tools,
    @Nullable JsonNode variables,
    GenerationOptions options,
    Map<String, String> metadata,
    boolean stream) {
  ResponseRequest {
    input = List.copyOf(input);
    metadata = Map.copyOf(metadata);
  }

  /** What is to be answered. */
  Conversation conversation() {
    return new Conversation(messages(), "input", tools, variables);
  }

  /** Instructions and input. */
  private List<ChatMessage> messages() {
    if (instructions == null) {
      return input;
    }
    List<ChatMessage> messages = new ArrayList<>(input);
    messages.addFirst(new ChatMessage("system", instructions));
    return messages;
  }

  /** Names no text of the request. */
  @Override
  public String toString() {
    return "ResponseRequest[model=%s, %,d messages]".formatted(model, input.size());
  }
}
