package io.weft.gateway.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.gateway.GatewayConfig;
import io.weft.gateway.error.ApiError;
import io.weft.gateway.error.ErrorResponses;
import io.weft.runtime.error.WeftException;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Server-sent events as OpenAI sends them. A stream has one terminal event: {@code data: [DONE]}
 * after a whole answer, or {@code data: {"error": ...}} when it fails midway, and then no {@code
 * [DONE]}, so that half an answer never looks whole.
 *
 * <p>A source may have other ends: responses end with an event of their own.
 *
 * <p>The request's thread writes, and waits while the client does not read; the events wait in
 * their own call's window meanwhile.
 */
@Singleton
public final class EventStreams {
  private static final byte[] DATA = "data: ".getBytes(StandardCharsets.UTF_8);
  private static final byte[] END = "\n\n".getBytes(StandardCharsets.UTF_8);
  private static final byte[] COMMENT = ": keep-alive\n\n".getBytes(StandardCharsets.UTF_8);
  private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.UTF_8);

  private final ObjectMapper json;
  private final ErrorResponses errors;
  private final GatewayMetrics metrics;
  private final Duration keepAlive;

  EventStreams(
      ObjectMapper json, ErrorResponses errors, GatewayMetrics metrics, GatewayConfig config) {
    this.json = json;
    this.errors = errors;
    this.metrics = metrics;
    this.keepAlive = config.streamKeepAlive();
  }

  /** Writes the events of one stream. */
  @FunctionalInterface
  public interface Source {
    /**
     * Sends every event but the terminal one.
     *
     * @throws IOException when the client is gone
     */
    void writeTo(Events events) throws IOException;

    /** Sends what ends a whole answer. */
    default void end(Events events) throws IOException {
      events.write(DONE);
    }

    /** Sends what ends an answer that failed midway. */
    default void fail(Events events, ApiError error) throws IOException {
      events.send(new ApiError.Body(error));
    }
  }

  /** An event with a name of its own, which comes in a line before its data. */
  public interface Named {
    /** The name; one line. */
    String type();
  }

  /** The open stream. */
  public final class Events {
    private final OutputStream out;

    private Events(OutputStream out) {
      this.out = out;
    }

    /** Sends one event, a record as JSON, once the buffer is full or flushed. */
    public void send(Object event) throws IOException {
      if (event instanceof Named named) {
        out.write(("event: " + named.type() + "\n").getBytes(StandardCharsets.UTF_8));
      }
      write(json.writeValueAsBytes(event));
    }

    /** Sends what is buffered, before waiting for more to come. */
    public void flush() throws IOException {
      out.flush();
    }

    /** After how long without an event a comment is due. */
    public Duration keepAlive() {
      return keepAlive;
    }

    /** Sends a comment, which clients skip and which keeps what lies between from hanging up. */
    public void comment() throws IOException {
      out.write(COMMENT);
      out.flush();
    }

    private void write(byte[] data) throws IOException {
      out.write(DATA);
      out.write(data);
      out.write(END);
    }
  }

  /** The response of a stream whose first event is at hand. */
  public Response response(Exchange exchange, Source source) {
    StreamingOutput body = out -> write(exchange, source, new Events(out));
    return Response.ok(body)
        .header(HttpHeaders.CONTENT_TYPE, "text/event-stream; charset=utf-8")
        .header(HttpHeaders.CACHE_CONTROL, "no-cache")
        .header("X-Accel-Buffering", "no")
        .build();
  }

  private void write(Exchange exchange, Source source, Events events) {
    metrics.streamOpened();
    try {
      source.writeTo(events);
      source.end(events);
      exchange.markWhole();
    } catch (IOException | WeftException.Cancelled clientGone) {
      exchange.cancelCalls();
    } catch (RuntimeException failure) {
      fail(exchange, source, events, failure);
    } finally {
      metrics.streamClosed();
    }
  }

  private void fail(Exchange exchange, Source source, Events events, RuntimeException failure) {
    exchange.markBroken();
    exchange.cancelCalls();
    try {
      source.fail(events, errors.body(failure).error());
    } catch (IOException clientGone) {
      exchange.cancelCalls();
    }
  }
}
