package io.weft.gateway.tools;

import io.weft.gateway.backend.ChatInput;
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
import java.util.stream.Stream;

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
   * @param events the caller closes it, or hands it to what does
   * @param parsers which find the calls in the text of each sequence
   */
  public record Answer(GenerationStream events, List<CallParser> parsers) {
    public Answer {
      parsers = List.copyOf(parsers);
    }
  }

  /** Begins the answer. */
  public Answer begin(
      Model model, Conversation conversation, GenerationOptions options, String tenant) {
    ToolUse tools = conversation.tools();
    EncodedChat prompt =
        tokenizer.encodeChat(
            model.name(),
            new ChatInput(
                conversation.messages(),
                tools.offered(),
                tools.isForced(),
                conversation.variables()));
    GenerationRequest request =
        new GenerationRequest(
            model.name(),
            model.vocabularyHash(),
            List.of(prompt.ids()),
            tenant,
            conversation.param(),
            tools.options(options, prompt),
            false);
    PromptLimits.check(request, model);
    GenerationStream events = generator.generate(request);
    events.trace().input(conversation::messages);
    return new Answer(
        events, Stream.generate(() -> tools.parser(prompt)).limit(options.n()).toList());
  }
}
