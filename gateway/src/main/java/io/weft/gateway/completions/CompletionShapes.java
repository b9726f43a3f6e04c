package io.weft.gateway.completions;

import io.weft.gateway.backend.GenerationEvent.Accepted;
import io.weft.gateway.backend.GenerationEvent.Delta;
import io.weft.gateway.backend.GenerationEvent.Finished;
import io.weft.gateway.backend.GenerationEvent.TokenLogprob;
import io.weft.gateway.generation.EventRelay;
import io.weft.gateway.generation.FinishReasons;
import io.weft.gateway.generation.PromptLogprobs;
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
  private final CompletionRequest request;
  private final List<String> echoes;
  private final List<CompletionLogprobs.Offsets> offsets;

  /**
   * @param echoes the texts of the prompts, if they are to be echoed
   */
  CompletionShapes(ResponseHead head, CompletionRequest request, List<String> echoes) {
    this.head = head;
    this.request = request;
    this.echoes = List.copyOf(echoes);
    this.offsets =
        Stream.generate(CompletionLogprobs.Offsets::new).limit(request.choices()).toList();
  }

  Completion whole(Sequences sequences) {
    List<Completion.Choice> choices = new ArrayList<>();
    for (Sequence sequence : sequences.all()) {
      int index = choices.size();
      String text = sequence.text();
      CompletionLogprobs logprobs = null;
      if (request.echo()) {
        Completion.Choice echo = echo(index, sequences.accepted().get(prompt(index)));
        text = echo.text() + text;
        logprobs = echo.logprobs();
      }
      CompletionLogprobs own = logprobs(index, sequence.logprobs());
      choices.add(
          new Completion.Choice(
              index,
              text,
              logprobs == null || own == null ? own : logprobs.plus(own),
              FinishReasons.of(sequence.reason()),
              PromptLogprobs.of(
                  sequences.accepted().get(prompt(index)).promptLogprobs(),
                  request.options().promptLogprobs())));
    }
    return completion(choices, sequences.usage());
  }

  @Override
  public List<Object> accepted(Accepted accepted, @Nullable Object usage) {
    List<Object> chunks = new ArrayList<>();
    if (request.echo()) {
      for (int i = 0; i < request.options().n(); i++) {
        chunks.add(completion(List.of(echo(accepted.firstSequence() + i, accepted)), usage));
      }
    }
    return chunks;
  }

  @Override
  public List<Object> text(Delta delta, @Nullable Object usage) {
    CompletionLogprobs logprobs = logprobs(delta.sequence(), delta.logprobs());
    return List.of(
        completion(
            List.of(new Completion.Choice(delta.sequence(), delta.text(), logprobs, null)), usage));
  }

  @Override
  public List<Object> finish(Finished finished, @Nullable Object usage) {
    String reason = FinishReasons.of(finished.reason());
    return List.of(
        completion(List.of(new Completion.Choice(finished.sequence(), "", null, reason)), usage));
  }

  @Override
  public Completion usage(Usage usage) {
    return completion(List.of(), usage);
  }

  /** The prompt, as the beginning of a choice. */
  private Completion.Choice echo(int index, Accepted accepted) {
    String text = echoes.get(prompt(index));
    Integer rivals = request.options().topLogprobs();
    CompletionLogprobs logprobs =
        rivals == null
            ? null
            : offsets
                .get(index)
                .echo(
                    accepted.promptLogprobs().stream().map(token -> token.limit(rivals)).toList(),
                    text);
    return new Completion.Choice(index, text, logprobs, null);
  }

  private int prompt(int index) {
    return index / request.options().n();
  }

  private @Nullable CompletionLogprobs logprobs(int index, List<TokenLogprob> tokens) {
    return request.options().topLogprobs() != null ? offsets.get(index).next(tokens) : null;
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
