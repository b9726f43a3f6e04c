package io.weft.gateway.grpc;

import io.weft.gateway.backend.GenerationEvent;
import io.weft.gateway.backend.GenerationEvent.Accepted;
import io.weft.gateway.backend.GenerationEvent.Delta;
import io.weft.gateway.backend.GenerationEvent.FinishReason;
import io.weft.gateway.backend.GenerationEvent.Finished;
import io.weft.gateway.backend.GenerationEvent.TokenLogprob;
import io.weft.gateway.backend.GenerationStream;
import io.weft.gateway.http.CallExchange;
import io.weft.gateway.models.Model;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Hands on what is generated from one prompt, piece by piece. */
final class Generations {
  private Generations() {}

  /**
   * New text of one sequence, or its end.
   *
   * @param sequence which, 0 to n - 1
   * @param text may be empty in the last piece
   * @param logprobs one a token, when asked for
   * @param end absent until the last piece
   */
  record Piece(int sequence, String text, List<TokenLogprob> logprobs, @Nullable End end) {
    Piece {
      logprobs = List.copyOf(logprobs);
    }

    /** Says only which: the text is never logged. */
    @Override
    public String toString() {
      return "a piece of sequence " + sequence;
    }
  }

  /**
   * The end of a sequence.
   *
   * @param firstTokenNs from the call's arrival to the first token, or to the end without any
   * @param decodeNs from the first token to the last
   */
  record End(
      FinishReason reason,
      int promptTokens,
      int cachedTokens,
      int completionTokens,
      long firstTokenNs,
      long decodeNs) {}

  /** Takes what is generated. */
  interface Reader {
    /** The prompt's own log probabilities, one a token, when asked for: before all else. */
    void prompt(List<TokenLogprob> logprobs);

    /** A piece of a sequence. */
    void piece(Piece piece);
  }

  /**
   * Hands on all there is, and returns when every sequence has ended. When {@code out} throws, or
   * the call's context ends, so does the generation.
   *
   * @param events of one prompt; closed at the end
   * @param model what the time to the first token is noted for
   */
  static void relay(GenerationStream events, Model model, Reader out) {
    CallExchange exchange = OpenCall.current().exchange();
    exchange.streamOpened();
    try (events) {
      Relay relay = new Relay(exchange, model.name(), out);
      for (GenerationEvent event = events.next(); event != null; event = events.next()) {
        relay.take(event);
      }
    }
  }

  /** Makes pieces of events. Used by the call's thread. */
  private static final class Relay {
    private final CallExchange exchange;
    private final String model;
    private final Reader out;

    /** When each sequence's first and last tokens came. */
    private final Map<Integer, Times> times = new HashMap<>();

    private int promptTokens;
    private int cachedTokens;

    Relay(CallExchange exchange, String model, Reader out) {
      this.exchange = exchange;
      this.model = model;
      this.out = out;
    }

    private record Times(long first, long last) {}

    void take(GenerationEvent event) {
      switch (event) {
        case Accepted accepted -> {
          promptTokens = accepted.promptTokens();
          cachedTokens = accepted.cachedTokens();
          if (!accepted.promptLogprobs().isEmpty()) {
            out.prompt(accepted.promptLogprobs());
          }
        }
        case Delta delta -> {
          long now = System.nanoTime();
          times.merge(
              delta.sequence(),
              new Times(now, now),
              (before, latest) -> new Times(before.first(), latest.last()));
          if (!delta.text().isEmpty() || !delta.logprobs().isEmpty()) {
            exchange.firstToken(model);
            out.piece(new Piece(delta.sequence(), delta.text(), delta.logprobs(), null));
          }
        }
        case Finished finished -> {
          if (!finished.text().isEmpty()) {
            exchange.firstToken(model);
          }
          out.piece(new Piece(finished.sequence(), finished.text(), List.of(), end(finished)));
        }
      }
    }

    private End end(Finished finished) {
      long now = System.nanoTime();
      Times seen = times.getOrDefault(finished.sequence(), new Times(now, now));
      return new End(
          finished.reason(),
          promptTokens,
          cachedTokens,
          finished.completionTokens(),
          seen.first() - exchange.startedNs(),
          seen.last() - seen.first());
    }
  }
}
