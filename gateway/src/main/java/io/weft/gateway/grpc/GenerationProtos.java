package io.weft.gateway.grpc;

import com.google.protobuf.ByteString;
import io.weft.gateway.backend.ChatMessage;
import io.weft.gateway.backend.GenerationEvent;
import io.weft.gateway.backend.GenerationOptions;
import io.weft.gateway.grpc.Generations.End;
import io.weft.gateway.grpc.Generations.Piece;
import io.weft.gateway.json.Invalid;
import io.weft.proto.gateway.v1.ChatRequest;
import io.weft.proto.gateway.v1.ChatResponse;
import io.weft.proto.gateway.v1.CompleteRequest;
import io.weft.proto.gateway.v1.CompleteResponse;
import io.weft.proto.gateway.v1.LogprobEntry;
import io.weft.proto.gateway.v1.TokenLogprob;
import io.weft.proto.generator.v1.FinishReason;
import io.weft.proto.generator.v1.Usage;
import java.util.ArrayList;
import java.util.List;

/** Chat and Complete: their requests checked, and their answers made. */
final class GenerationProtos {
  private static final int MAX_MESSAGES = 4_096;

  private GenerationProtos() {}

  static List<ChatMessage> messages(ChatRequest request) {
    Fields.count("messages", request.getMessagesCount(), 1, MAX_MESSAGES);
    if (request.getToolsCount() > 0) {
      throw Invalid.unsupported("tools", "tools is not supported");
    }
    List<ChatMessage> messages = new ArrayList<>(request.getMessagesCount());
    for (io.weft.proto.gateway.v1.ChatMessage message : request.getMessagesList()) {
      messages.add(new ChatMessage(role(message.getRole(), messages.size()), message.getContent()));
    }
    return messages;
  }

  private static String role(String role, int index) {
    return switch (role) {
      // What OpenAI calls the system's words since its reasoning models; no template knows it.
      case "system", "developer" -> "system";
      case "user", "assistant" -> role;
      default ->
          throw Invalid.value(
              "messages[%d].role".formatted(index),
              "messages[%d].role must be one of: system, developer, user, assistant"
                  .formatted(index));
    };
  }

  static GenerationOptions options(ChatRequest request) {
    return GenerationOptionProtos.options(
        request.hasN() ? request.getN() : null,
        request.getSampling(),
        request.getStop(),
        request.getConstraint(),
        request.getOutput());
  }

  static GenerationOptions options(CompleteRequest request) {
    return GenerationOptionProtos.options(
        request.hasN() ? request.getN() : null,
        request.getSampling(),
        request.getStop(),
        request.getConstraint(),
        request.getOutput());
  }

  static ChatResponse chat(Piece piece) {
    ChatResponse.Builder response =
        ChatResponse.newBuilder()
            .setIndex(piece.sequence())
            .setText(piece.text())
            .addAllLogprobs(logprobs(piece));
    End end = piece.end();
    if (end != null) {
      response.setFinishReason(reason(end)).setUsage(usage(end));
    }
    return response.build();
  }

  static CompleteResponse completion(Piece piece) {
    CompleteResponse.Builder response =
        CompleteResponse.newBuilder()
            .setIndex(piece.sequence())
            .setText(piece.text())
            .addAllLogprobs(logprobs(piece));
    End end = piece.end();
    if (end != null) {
      response.setFinishReason(reason(end)).setUsage(usage(end));
    }
    return response.build();
  }

  private static FinishReason reason(End end) {
    return switch (end.reason()) {
      case STOP -> FinishReason.FINISH_REASON_STOP;
      case LENGTH -> FinishReason.FINISH_REASON_LENGTH;
    };
  }

  private static Usage usage(End end) {
    return Usage.newBuilder()
        .setPromptTokens(end.promptTokens())
        .setCachedTokens(end.cachedTokens())
        .setCompletionTokens(end.completionTokens())
        .setTimeToFirstTokenNs(end.firstTokenNs())
        .setDecodeTimeNs(end.decodeNs())
        .build();
  }

  private static List<TokenLogprob> logprobs(Piece piece) {
    return piece.logprobs().stream()
        .map(
            logprob ->
                TokenLogprob.newBuilder()
                    .setToken(entry(logprob.chosen()))
                    .addAllTop(logprob.top().stream().map(GenerationProtos::entry).toList())
                    .build())
        .toList();
  }

  private static LogprobEntry entry(GenerationEvent.LogprobEntry entry) {
    byte[] bytes = new byte[entry.bytes().size()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = entry.bytes().get(i).byteValue();
    }
    return LogprobEntry.newBuilder()
        .setBytes(ByteString.copyFrom(bytes))
        .setLogprob(entry.logprob())
        .build();
  }
}
