package io.weft.gateway.responses;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.weft.gateway.generation.TokenLogprobs;
import java.util.List;

/** An item of a response's output, in OpenAI's shape. */
sealed interface ResponseItem {
  /** Unique. */
  String id();

  /**
   * Text of the assistant.
   *
   * @param type {@code message}
   * @param status {@code in_progress}, {@code completed} or {@code incomplete}
   * @param content its parts, none before the first text
   */
  record Message(String id, String type, String status, String role, List<Part> content)
      implements ResponseItem {
    static Message of(String id, String status, List<Part> content) {
      return new Message(id, "message", status, "assistant", content);
    }
  }

  /**
   * A part of a message.
   *
   * @param type {@code output_text}
   * @param annotations always empty: a model here cites nothing
   * @param logprobs one a token, when asked for
   */
  record Part(
      String type, String text, List<Object> annotations, List<TokenLogprobs.Token> logprobs) {
    static Part of(String text, List<TokenLogprobs.Token> logprobs) {
      return new Part("output_text", text, List.of(), List.copyOf(logprobs));
    }
  }

  /**
   * A call of a tool.
   *
   * @param type {@code function_call}
   * @param status as that of a message
   * @param callId what its result names
   * @param name of the tool
   * @param arguments a JSON object as text
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record Call(String id, String type, String status, String callId, String name, String arguments)
      implements ResponseItem {
    static Call of(String id, String status, String callId, String name, String arguments) {
      return new Call(id, "function_call", status, callId, name, arguments);
    }
  }
}
