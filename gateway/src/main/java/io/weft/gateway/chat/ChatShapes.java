package io.weft.gateway.chat;

import io.weft.gateway.backend.GenerationEvent.Delta;
import io.weft.gateway.backend.GenerationEvent.Finished;
import io.weft.gateway.generation.EventRelay;
import io.weft.gateway.generation.FinishReasons;
import io.weft.gateway.generation.ResponseHead;
import io.weft.gateway.generation.Sequences;
import io.weft.gateway.generation.Sequences.Sequence;
import io.weft.gateway.generation.Usage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes the JSON of one chat response.
 *
 * @param head what all its chunks have in common
 * @param logprobs whether the client asked for log probabilities
 */
record ChatShapes(ResponseHead head, boolean logprobs) implements EventRelay.Shape {
  ChatCompletion whole(Sequences sequences) {
    List<ChatCompletion.Choice> choices = new ArrayList<>();
    for (Sequence sequence : sequences.all()) {
      choices.add(
          new ChatCompletion.Choice(
              choices.size(),
              new ChatCompletion.Message("assistant", sequence.text(), null),
              logprobs ? ChatLogprobs.of(sequence.logprobs()) : null,
              FinishReasons.of(sequence.reason())));
    }
    return new ChatCompletion(
        head.id(),
        "chat.completion",
        head.createdUnixS(),
        head.model().name(),
        head.model().fingerprint(),
        choices,
        sequences.usage());
  }

  ChatChunk role(int sequence, @Nullable Object usage) {
    return chunk(new ChatChunk.Choice(sequence, ChatChunk.Delta.ROLE, null, null), usage);
  }

  @Override
  public ChatChunk text(Delta delta, @Nullable Object usage) {
    return chunk(
        new ChatChunk.Choice(
            delta.sequence(),
            ChatChunk.Delta.text(delta.text()),
            delta.logprobs().isEmpty() ? null : ChatLogprobs.of(delta.logprobs()),
            null),
        usage);
  }

  @Override
  public ChatChunk finish(Finished finished, @Nullable Object usage) {
    return chunk(
        new ChatChunk.Choice(
            finished.sequence(),
            ChatChunk.Delta.NOTHING,
            null,
            FinishReasons.of(finished.reason())),
        usage);
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
