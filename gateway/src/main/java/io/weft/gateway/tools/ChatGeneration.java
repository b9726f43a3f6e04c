package io.weft.gateway.tools;

import io.weft.gateway.backend.ChatInput;
import io.weft.gateway.backend.ChatMessage;
import io.weft.gateway.backend.EncodedChat;
import io.weft.gateway.backend.GenerationOptions;
import io.weft.gateway.backend.GenerationRequest;
import io.weft.gateway.backend.GenerationStream;
import io.weft.gateway.backend.GeneratorClient;
import io.weft.gateway.backend.TokenizerClient;
import io.weft.gateway.generation.PromptLimits;
import io.weft.gateway.models.Model;
import jakarta.inject.Singleton;
import java.util.List;

/** Renders a conversation with its tools, and has the model answer it. */
@Singleton
public final class ChatGeneration {
  private final TokenizerClient tokenizer;
  private final GeneratorClient generator;

  ChatGeneration(TokenizerClient tokenizer, GeneratorClient generator) {
    this.tokenizer = tokenizer;
    this.generator = generator;
  }

  /**
   * An answer that has begun.
   *
   * @param prompt what the model reads, and the form of its calls
   * @param events the caller closes it, or hands it to what does
   */
  public record Answer(EncodedChat prompt, GenerationStream events) {}

  /**
   * Begins the answer.
   *
   * @param param what the request calls the conversation, for errors
   */
  public Answer begin(
      Model model,
      List<ChatMessage> messages,
      String param,
      ToolUse tools,
      GenerationOptions options,
      String tenant) {
    EncodedChat prompt =
        tokenizer.encodeChat(
            model.name(), new ChatInput(messages, tools.offered(), tools.isForced()));
    GenerationRequest request =
        new GenerationRequest(
            model.name(),
            model.vocabularyHash(),
            List.of(prompt.ids()),
            tenant,
            param,
            tools.options(options, prompt),
            false);
    PromptLimits.check(request, model);
    return new Answer(prompt, generator.generate(request));
  }
}
