package io.weft.gateway.generation;

import io.weft.gateway.backend.GenerationEvent;
import io.weft.gateway.backend.GenerationEvent.Accepted;
import io.weft.gateway.backend.GenerationEvent.Delta;
import io.weft.gateway.backend.GenerationEvent.FinishReason;
import io.weft.gateway.backend.GenerationEvent.Finished;
import io.weft.gateway.backend.GenerationEvent.TokenLogprob;
import io.weft.gateway.backend.GenerationStream;
import io.weft.gateway.http.Exchange;
import io.weft.runtime.error.WeftException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The whole outcome of a request that is not streamed.
 *
 * @param accepted the prompts, in their order
 * @param all the sequences, by index
 * @param usage their tokens
 */
public record Sequences(List<Accepted> accepted, List<Sequence> all, Usage usage) {
  public Sequences {
    accepted = List.copyOf(accepted);
    all = List.copyOf(all);
  }

  /**
   * One finished sequence.
   *
   * @param text all of it
   * @param logprobs one a token, when asked for
   * @param reason why it ended
   */
  public record Sequence(String text, List<TokenLogprob> logprobs, FinishReason reason) {
    public Sequence {
      logprobs = List.copyOf(logprobs);
    }
  }

  /**
   * Waits for all events of a request.
   *
   * @param count of its sequences
   * @param echoes how many times the answer has a prompt's log probabilities
   */
  public static Sequences collect(
      GenerationStream stream, int count, int echoes, String model, Exchange exchange) {
    List<Building> building = new ArrayList<>(Collections.nCopies(count, null));
    building.replaceAll(_ -> new Building());
    List<Accepted> accepted = new ArrayList<>();
    Usage.Counter usage = new Usage.Counter();
    GenerationEvent event = stream.next();
    while (event != null) {
      usage.count(event);
      switch (event) {
        case Accepted prompt -> {
          exchange.holdLogprobs((long) echoes * TokenLogprob.count(prompt.promptLogprobs()));
          accepted.add(prompt);
        }
        case Delta delta -> {
          exchange.holdLogprobs(TokenLogprob.count(delta.logprobs()));
          exchange.firstToken(model);
          building.get(delta.sequence()).add(delta);
        }
        case Finished finished -> {
          if (!finished.text().isEmpty()) {
            exchange.firstToken(model);
          }
          building.get(finished.sequence()).finish(finished);
        }
      }
      event = stream.next();
    }
    accepted.sort(Comparator.comparingInt(Accepted::firstSequence));
    return new Sequences(
        accepted, building.stream().map(Building::sequence).toList(), usage.usage());
  }

  private static final class Building {
    private final StringBuilder text = new StringBuilder();
    private final List<TokenLogprob> logprobs = new ArrayList<>();
    private @Nullable FinishReason reason;

    void add(Delta delta) {
      text.append(delta.text());
      logprobs.addAll(delta.logprobs());
    }

    void finish(Finished finished) {
      text.append(finished.text());
      reason = finished.reason();
    }

    Sequence sequence() {
      if (reason == null) {
        throw new WeftException.Internal("the generator left a sequence unfinished", null);
      }
      return new Sequence(text.toString(), logprobs, reason);
    }
  }
}
