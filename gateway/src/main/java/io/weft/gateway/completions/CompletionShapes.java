package io.weft.gateway.completions;

import io.weft.gateway.backend.GenerationEvent.Delta;
import io.weft.gateway.backend.GenerationEvent.Finished;
import io.weft.gateway.backend.GenerationEvent.TokenLogprob;
import io.weft.gateway.generation.EventRelay;
import io.weft.gateway.generation.FinishReasons;
import io.weft.gateway.generation.ResponseHead;
import io.weft.gateway.generation.Sequences;
import io.weft.gateway.generation.Sequences.Sequence;
import io.weft.gateway.generation.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes the JSON of one completion response. Used by one thread. */
final class CompletionShapes implements EventRelay.Shape {
  private final ResponseHead head;
  private final boolean logprobs;
  private final List<CompletionLogprobs.Offsets> offsets;

  /**
   * @param choices how many the response has
   * @param logprobs whether the client asked for log probabilities
   */
  CompletionShapes(ResponseHead head, int choices, boolean logprobs) {
    this.head = head;
    this.logprobs = logprobs;
    this.offsets = Stream.generate(CompletionLogprobs.Offsets::new).limit(choices).toList();
  }

  Completion whole(Sequences sequences) {
    List<Completion.Choice> choices = new ArrayList<>();
    for (Sequence sequence : sequences.all()) {
      int index = choices.size();
      choices.add(
          new Completion.Choice(
              index,
              sequence.text(),
              logprobs(index, sequence.logprobs()),
              FinishReasons.of(sequence.reason())));
    }
    return completion(choices, sequences.usage());
  }

  @Override
  public Completion text(Delta delta, @Nullable Object usage) {
    return completion(
        List.of(
            new Completion.Choice(
                delta.sequence(),
                delta.text(),
                logprobs(delta.sequence(), delta.logprobs()),
                null)),
        usage);
  }

  @Override
  public Completion finish(Finished finished, @Nullable Object usage) {
    return completion(
        List.of(
            new Completion.Choice(
                finished.sequence(), "", null, FinishReasons.of(finished.reason()))),
        usage);
  }

  @Override
  public Completion usage(Usage usage) {
    return completion(List.of(), usage);
  }

  private @Nullable CompletionLogprobs logprobs(int index, List<TokenLogprob> tokens) {
    return logprobs ? offsets.get(index).next(tokens) : null;
  }

  private Completion completion(List<Completion.Choice> choices, @Nullable Object usage) {
    return new Completion(
        head.id(),
        "text_completion",
        head.createdUnixS(),
        head.model().name(),
        head.model().fingerprint(),
        choices,
        usage);
  }
}
