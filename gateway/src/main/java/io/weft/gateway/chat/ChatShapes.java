package io.weft.gateway.chat;

import io.weft.gateway.backend.GenerationEvent.Delta;
import io.weft.gateway.backend.GenerationEvent.Finished;
import io.weft.gateway.generation.EventRelay;
import io.weft.gateway.generation.FinishReasons;
import io.weft.gateway.generation.PromptLogprobs;
import io.weft.gateway.generation.ResponseHead;
import io.weft.gateway.generation.Sequences;
import io.weft.gateway.generation.Sequences.Sequence;
import io.weft.gateway.generation.Usage;
import io.weft.gateway.tools.CallParser;
import io.weft.gateway.tools.CallPiece;
import io.weft.gateway.tools.WholeAnswer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the JSON of one chat response. Used by one thread. */
final class ChatShapes implements EventRelay.Shape {
  private final ResponseHead head;
  private final ChatRequest request;
  private final List<CallParser> parsers;

  /**
   * @param head what all chunks have in common
   * @param parsers one a sequence
   */
  ChatShapes(ResponseHead head, ChatRequest request, List<CallParser> parsers) {
    this.head = head;
    this.request = request;
    this.parsers = List.copyOf(parsers);
  }

  ChatCompletion whole(Sequences sequences) {
    List<ChatCompletion.Choice> choices = new ArrayList<>();
    for (Sequence sequence : sequences.all()) {
      CallParser parser = parsers.get(choices.size());
      choices.add(
          new ChatCompletion.Choice(
              choices.size(),
              message(parser.all(sequence.text())),
              request.options().topLogprobs() == null ? null : ChatLogprobs.of(sequence.logprobs()),
              FinishReasons.of(sequence.reason(), parser.calls() > 0)));
    }
    return new ChatCompletion(
        head.id(),
        "chat.completion",
        head.createdUnixS(),
        head.model().name(),
        head.model().fingerprint(),
        choices,
        sequences.usage(),
        PromptLogprobs.of(
            sequences.accepted().getFirst().promptLogprobs(), request.options().promptLogprobs()));
  }

  private static ChatCompletion.Message message(List<CallPiece> pieces) {
    WholeAnswer answer = WholeAnswer.of(pieces);
    List<ChatToolCall> calls =
        answer.calls().stream()
            .map(call -> ChatToolCall.whole(call.id(), call.name(), call.arguments()))
            .toList();
    boolean onlyCalls = answer.text().isEmpty() && !calls.isEmpty();
    return new ChatCompletion.Message("assistant", onlyCalls ? null : answer.text(), null, calls);
  }

  ChatChunk role(int sequence, @Nullable Object usage) {
    ChatChunk.Delta role =
        request.conversation().tools().isForced()
            ? ChatChunk.Delta.ROLE_OF_CALL
            : ChatChunk.Delta.ROLE;
    return chunk(new ChatChunk.Choice(sequence, role, null, null), usage);
  }

  @Override
  public List<Object> text(Delta delta, @Nullable Object usage) {
    List<CallPiece> pieces = parsers.get(delta.sequence()).add(delta.text());
    return pieces(
        delta.sequence(),
        pieces,
        delta.logprobs().isEmpty() ? null : ChatLogprobs.of(delta.logprobs()),
        usage);
  }

  /** One chunk a piece, and one at least where there are log probabilities: the first has them. */
  private List<Object> pieces(
      int sequence,
      List<CallPiece> pieces,
      @Nullable ChatLogprobs logprobs,
      @Nullable Object usage) {
    List<Object> chunks = new ArrayList<>();
    for (CallPiece piece : pieces) {
      ChatChunk.Delta delta = ChatChunk.Delta.of(piece);
      ChatLogprobs own = chunks.isEmpty() ? logprobs : null;
      chunks.add(chunk(new ChatChunk.Choice(sequence, delta, own, null), usage));
    }
    if (chunks.isEmpty() && logprobs != null) {
      ChatChunk.Delta nothing = ChatChunk.Delta.NOTHING;
      chunks.add(chunk(new ChatChunk.Choice(sequence, nothing, logprobs, null), usage));
    }
    return chunks;
  }

  @Override
  public List<Object> finish(Finished finished, @Nullable Object usage) {
    CallParser parser = parsers.get(finished.sequence());
    List<Object> chunks = pieces(finished.sequence(), parser.end(), null, usage);
    chunks.add(
        chunk(
            new ChatChunk.Choice(
                finished.sequence(),
                ChatChunk.Delta.NOTHING,
                null,
                FinishReasons.of(finished.reason(), parser.calls() > 0)),
            usage));
    return chunks;
  }

  @Override
  public ChatChunk usage(Usage usage) {
    return chunk(List.of(), usage);
  }

  private ChatChunk chunk(ChatChunk.Choice choice, @Nullable Object usage) {
    return chunk(List.of(choice), usage);
  }

  private ChatChunk chunk(List<ChatChunk.Choice> choices, @Nullable Object usage) {
    return new ChatChunk(
        head.id(),
        "chat.completion.chunk",
        head.createdUnixS(),
        head.model().name(),
        head.model().fingerprint(),
        choices,
        usage);
  }
}
