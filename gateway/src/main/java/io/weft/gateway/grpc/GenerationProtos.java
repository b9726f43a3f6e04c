package io.weft.gateway.grpc;

import com.google.protobuf.ByteString;
import io.weft.gateway.backend.GenerationEvent;
import io.weft.gateway.backend.GenerationOptions;
import io.weft.gateway.grpc.Generations.End;
import io.weft.gateway.grpc.Generations.Piece;
import io.weft.gateway.tools.CallParser;
import io.weft.gateway.tools.CallPiece;
import io.weft.proto.gateway.v1.ChatRequest;
import io.weft.proto.gateway.v1.ChatResponse;
import io.weft.proto.gateway.v1.CompleteRequest;
import io.weft.proto.gateway.v1.CompleteResponse;
import io.weft.proto.gateway.v1.LogprobEntry;
import io.weft.proto.gateway.v1.TokenLogprob;
import io.weft.proto.gateway.v1.ToolCall;
import io.weft.proto.generator.v1.FinishReason;
import io.weft.proto.generator.v1.Usage;
import java.util.ArrayList;
import java.util.List;

/** Chat and Complete: their requests checked, and their answers made. */
final class GenerationProtos {
  private GenerationProtos() {}

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

  /**
   * A piece of an answer.
   *
   * @param told the piece's text, and what was held back before it, with calls told from text
   */
  static ChatResponse chat(Piece piece, List<CallPiece> told) {
    ChatResponse.Builder response =
        ChatResponse.newBuilder()
            .setIndex(piece.sequence())
            .addAllLogprobs(logprobs(piece.logprobs()));
    StringBuilder text = new StringBuilder();
    for (CallPiece part : told) {
      switch (part) {
        case CallPiece.Text(String more) -> text.append(more);
        case CallPiece.Begin(int index, String id, String name) ->
            response.addToolCalls(ToolCall.newBuilder().setIndex(index).setId(id).setName(name));
        case CallPiece.Arguments(int index, String more) ->
            response.addToolCalls(ToolCall.newBuilder().setIndex(index).setArguments(more));
      }
    }
    response.setText(text.toString());
    End end = piece.end();
    if (end != null) {
      response.setFinishReason(reason(end)).setUsage(usage(end));
    }
    return response.build();
  }

  /** The prompt's own log probabilities. */
  static ChatResponse chatPrompt(List<GenerationEvent.TokenLogprob> prompt) {
    return ChatResponse.newBuilder().addAllPromptLogprobs(logprobs(prompt)).build();
  }

  /** The prompt's own log probabilities. */
  static CompleteResponse completionPrompt(List<GenerationEvent.TokenLogprob> prompt) {
    return CompleteResponse.newBuilder().addAllPromptLogprobs(logprobs(prompt)).build();
  }

  static CompleteResponse completion(Piece piece) {
    CompleteResponse.Builder response =
        CompleteResponse.newBuilder()
            .setIndex(piece.sequence())
            .setText(piece.text())
            .addAllLogprobs(logprobs(piece.logprobs()));
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

  private static List<TokenLogprob> logprobs(List<GenerationEvent.TokenLogprob> logprobs) {
    return logprobs.stream()
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

  /** Tells calls from text, sequence by sequence; a piece that holds all of it back is not sent. */
  record Chat(List<CallParser> parsers, ReplyStream<ChatResponse> replies)
      implements Generations.Reader {
    @Override
    public void prompt(List<GenerationEvent.TokenLogprob> logprobs) {
      replies.send(chatPrompt(logprobs));
    }

    @Override
    public void piece(Generations.Piece piece) {
      CallParser parser = parsers.get(piece.sequence());
      List<CallPiece> told = new ArrayList<>(parser.add(piece.text()));
      if (piece.end() != null) {
        told.addAll(parser.end());
      }
      if (!told.isEmpty() || !piece.logprobs().isEmpty() || piece.end() != null) {
        replies.send(chat(piece, told));
      }
    }
  }

  record Completion(ReplyStream<CompleteResponse> replies) implements Generations.Reader {
    @Override
    public void prompt(List<GenerationEvent.TokenLogprob> logprobs) {
      replies.send(completionPrompt(logprobs));
    }

    @Override
    public void piece(Generations.Piece piece) {
      replies.send(completion(piece));
    }
  }
}
