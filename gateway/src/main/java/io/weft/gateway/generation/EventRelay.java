package io.weft.gateway.generation;

import com.fasterxml.jackson.databind.node.NullNode;
import io.weft.gateway.backend.GenerationEvent;
import io.weft.gateway.backend.GenerationEvent.Accepted;
import io.weft.gateway.backend.GenerationEvent.Delta;
import io.weft.gateway.backend.GenerationEvent.Finished;
import io.weft.gateway.backend.GenerationEvent.TokenLogprob;
import io.weft.gateway.backend.GenerationStream;
import io.weft.gateway.http.EventStreams;
import io.weft.gateway.http.Exchange;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns the generator's events into the chunks of a streamed response: text as it comes, then for
 * each sequence a chunk with its finish reason, and the usage at the end if it was asked for.
 */
public final class EventRelay {
  private final Exchange exchange;
  private final GenerationStream stream;
  private final String model;
  private final boolean includeUsage;

  /**
   * @param model what the time to the first token is noted for
   * @param includeUsage whether a last chunk tells the usage
   */
  public EventRelay(
      Exchange exchange, GenerationStream stream, String model, boolean includeUsage) {
    this.exchange = exchange;
    this.stream = stream;
    this.model = model;
    this.includeUsage = includeUsage;
  }

  /** Makes chunks in the shape of one route. {@code usage} goes into the chunk as it is. */
  public interface Shape {
    /** Chunks before the text of a prompt's sequences. */
    default List<Object> accepted(Accepted accepted, @Nullable Object usage) {
      return List.of();
    }

    /** New text, or log probabilities, of one sequence; no chunk where they are held back. */
    List<Object> text(Delta delta, @Nullable Object usage);

    /** What was held back of one sequence, and its end. */
    List<Object> finish(Finished finished, @Nullable Object usage);

    /** Whether log probabilities are kept for the end of the stream. */
    default boolean keepsLogprobs() {
      return false;
    }

    /** The end of the stream. */
    Object usage(Usage usage);
  }

  /** The usage of a chunk that has none: JSON's null if usage was asked for, else nothing. */
  public @Nullable Object noUsage() {
    return includeUsage ? NullNode.getInstance() : null;
  }

  /** Sends all chunks. */
  public void relay(EventStreams.Events out, Shape shape) throws IOException {
    Usage.Counter usage = new Usage.Counter();
    GenerationEvent event = next(out);
    while (event != null) {
      usage.count(event);
      switch (event) {
        case Accepted accepted -> send(out, shape.accepted(accepted, noUsage()));
        case Delta delta -> {
          if (shape.keepsLogprobs()) {
            exchange.holdLogprobs(TokenLogprob.count(delta.logprobs()));
          }
          if (!delta.text().isEmpty() || !delta.logprobs().isEmpty()) {
            send(out, shape.text(delta, noUsage()));
            exchange.firstToken(model);
          }
        }
        case Finished finished -> {
          if (!finished.text().isEmpty()) {
            Delta rest = new Delta(finished.sequence(), 0, finished.text(), List.of());
            send(out, shape.text(rest, noUsage()));
            exchange.firstToken(model);
          }
          send(out, shape.finish(finished, noUsage()));
        }
      }
      event = next(out);
    }
    if (includeUsage) {
      out.send(shape.usage(usage.usage()));
    }
  }

  private static void send(EventStreams.Events out, List<Object> chunks) throws IOException {
    for (Object chunk : chunks) {
      out.send(chunk);
    }
  }

  private @Nullable GenerationEvent next(EventStreams.Events out) throws IOException {
    if (!stream.isReady()) {
      out.flush();
    }
    while (!stream.await(out.keepAlive())) {
      out.comment();
    }
    return stream.next();
  }
}
