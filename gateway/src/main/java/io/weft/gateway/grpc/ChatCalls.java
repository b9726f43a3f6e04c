package io.weft.gateway.grpc;

import io.weft.gateway.backend.GenerationEvent.TokenLogprob;
import io.weft.gateway.backend.GenerationOptions;
import io.weft.gateway.backend.GenerationRequest;
import io.weft.gateway.backend.GenerationStream;
import io.weft.gateway.backend.GeneratorClient;
import io.weft.gateway.backend.TokenIds;
import io.weft.gateway.backend.TokenizerClient;
import io.weft.gateway.generation.PromptLimits;
import io.weft.gateway.input.Names;
import io.weft.gateway.models.Model;
import io.weft.gateway.models.ModelCatalog;
import io.weft.gateway.tools.CallParser;
import io.weft.gateway.tools.CallPiece;
import io.weft.gateway.tools.ChatGeneration;
import io.weft.proto.gateway.v1.ChatRequest;
import io.weft.proto.gateway.v1.ChatResponse;
import io.weft.proto.gateway.v1.CompleteRequest;
import io.weft.proto.gateway.v1.CompleteResponse;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;

/** Chat and Complete: one prompt, and its generation as it comes. */
@Singleton
final class ChatCalls {
  private final ModelCatalog catalog;
  private final TokenizerClient tokenizer;
  private final GeneratorClient generator;
  private final ChatGeneration chats;

  ChatCalls(
      ModelCatalog catalog,
      TokenizerClient tokenizer,
      GeneratorClient generator,
      ChatGeneration chats) {
    this.catalog = catalog;
    this.tokenizer = tokenizer;
    this.generator = generator;
    this.chats = chats;
  }

  void chat(ChatRequest request, ReplyStream<ChatResponse> replies) {
    Model model = catalog.generator(Fields.modelName(request.getModel()));
    GenerationOptions options = GenerationProtos.options(request);
    ChatGeneration.Answer answer =
        chats.begin(
            model,
            ConversationProtos.conversation(request, options.constraint()),
            options,
            OpenCall.current().exchange().tenant());
    Generations.relay(answer.events(), model, new Chat(answer.parsers(), replies));
  }

  void complete(CompleteRequest request, ReplyStream<CompleteResponse> replies) {
    Model model = catalog.generator(Fields.modelName(request.getModel()));
    GenerationOptions options = GenerationProtos.options(request);
    String text = Fields.text("prompt", request.getPrompt());
    TokenIds prompt =
        tokenizer.encode(model.name(), List.of(text), new Names("prompt", false)).getFirst();
    GenerationRequest generation =
        new GenerationRequest(
            model.name(),
            model.vocabularyHash(),
            List.of(prompt),
            OpenCall.current().exchange().tenant(),
            "prompt",
            options,
            false);
    PromptLimits.check(generation, model);
    GenerationStream events = generator.generate(generation);
    Generations.relay(events, model, new Completion(replies));
  }

  /** Tells calls from text, sequence by sequence; a piece that holds all of it back is not sent. */
  private record Chat(List<CallParser> parsers, ReplyStream<ChatResponse> replies)
      implements Generations.Reader {
    @Override
    public void prompt(List<TokenLogprob> logprobs) {
      replies.send(GenerationProtos.chatPrompt(logprobs));
    }

    @Override
    public void piece(Generations.Piece piece) {
      CallParser parser = parsers.get(piece.sequence());
      List<CallPiece> told = new ArrayList<>(parser.add(piece.text()));
      if (piece.end() != null) {
        told.addAll(parser.end());
      }
      if (!told.isEmpty() || !piece.logprobs().isEmpty() || piece.end() != null) {
        replies.send(GenerationProtos.chat(piece, told));
      }
    }
  }

  private record Completion(ReplyStream<CompleteResponse> replies) implements Generations.Reader {
    @Override
    public void prompt(List<TokenLogprob> logprobs) {
      replies.send(GenerationProtos.completionPrompt(logprobs));
    }

    @Override
    public void piece(Generations.Piece piece) {
      replies.send(GenerationProtos.completion(piece));
    }
  }
}
