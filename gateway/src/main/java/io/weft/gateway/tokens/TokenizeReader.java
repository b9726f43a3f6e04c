package io.weft.gateway.tokens;

import io.weft.gateway.backend.ChatInput;
import io.weft.gateway.backend.ChatMessage;
import io.weft.gateway.backend.ChatRendering;
import io.weft.gateway.backend.Tool;
import io.weft.gateway.chat.MessageReader;
import io.weft.gateway.generation.GenerationFields;
import io.weft.gateway.input.TextInputs;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import io.weft.gateway.tools.TemplateVariables;
import io.weft.gateway.tools.ToolReader;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of {@code /tokenize}. A body with {@code prompt} or {@code messages} is of vLLM's
 * API, any other of text-embeddings-inference's. Fields that are not known are ignored. Used by one
 * thread.
 */
final class TokenizeReader {
  private static final int MAX_INPUTS = 2_048;
  private static final int MAX_MESSAGES = 4_096;

  private final TemplateVariables variables = new TemplateVariables();
  private @Nullable String model;
  private @Nullable TextInputs inputs;
  private @Nullable String prompt;
  private @Nullable List<ChatMessage> messages;
  private List<Tool> tools = List.of();
  private @Nullable Boolean generationPrompt;
  private boolean continueFinalMessage;
  private @Nullable Boolean specialTokens;
  private boolean tokenStrings;
  private boolean vllms;

  /** Reads all of it. */
  TokenizeRequest read(InputStream body) {
    JsonReader.readBody(body, this::take);
    return vllms
        ? vllmsRequest()
        : new TokenizeRequest.Texts(model, required(inputs), special(true));
  }

  /** Whether a field of vLLM's API that no other has was there, so far. */
  boolean isVllms() {
    return vllms;
  }

  private void take(String name, JsonReader value) {
    switch (name) {
      case "model" -> model = GenerationFields.modelName(value);
      case "inputs" -> inputs = TextInputs.read(value, MAX_INPUTS);
      case "prompt" -> {
        vllms = true;
        prompt = value.string();
      }
      case "messages" -> {
        vllms = true;
        messages = value.list(MAX_MESSAGES, () -> new MessageReader().read(value));
      }
      case "tools" -> tools = ToolReader.chat(value);
      case "add_generation_prompt" -> generationPrompt = value.bool();
      case "continue_final_message" -> continueFinalMessage = value.bool();
      case "add_special_tokens" -> specialTokens = value.bool();
      case "return_token_strs" -> tokenStrings = value.bool();
      default -> {
        if (!variables.take(name, value)) {
          value.skip();
        }
      }
    }
  }

  private boolean special(boolean otherwise) {
    return specialTokens == null ? otherwise : specialTokens;
  }

  private TokenizeRequest vllmsRequest() {
    if (model == null) {
      throw Invalid.missing("model");
    }
    if (messages != null) {
      return chat(model, messages);
    }
    if (prompt == null) {
      throw Invalid.missing("prompt");
    }
    return new TokenizeRequest.Prompt(model, prompt, special(true), tokenStrings);
  }

  private TokenizeRequest.Chat chat(String model, List<ChatMessage> messages) {
    if (prompt != null) {
      throw Invalid.value("messages", "prompt and messages exclude each other");
    }
    if (messages.isEmpty()) {
      throw Invalid.range("messages", "messages has 0 entries, at least 1 is needed");
    }
    boolean generates = generationPrompt == null ? !continueFinalMessage : generationPrompt;
    if (generates && continueFinalMessage) {
      throw Invalid.value(
          "continue_final_message",
          "continue_final_message and add_generation_prompt exclude each other");
    }
    return new TokenizeRequest.Chat(
        model,
        new ChatInput(messages, tools, false, variables.variables()),
        new ChatRendering(generates, continueFinalMessage),
        special(false),
        tokenStrings);
  }

  private static TextInputs required(@Nullable TextInputs inputs) {
    if (inputs == null) {
      throw Invalid.missing("inputs");
    }
    return inputs;
  }
}
