package io.weft.gateway.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.gateway.error.ErrorResponses;
import io.weft.runtime.error.WeftException;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Server-sent events as OpenAI sends them. A stream has one terminal event: {@code data: [DONE]}
 * after a whole answer, or {@code data: {"error": ...}} when it fails midway, and then no {@code
 * [DONE]}, so that half an answer never looks whole.
 *
 * <p>The request's thread writes, and waits while the client does not read; the events wait in
 * their own call's window meanwhile.
 */
@Singleton
public final class EventStreams {
  private static final byte[] DATA = "data: ".getBytes(StandardCharsets.UTF_8);
  private static final byte[] END = "\n\n".getBytes(StandardCharsets.UTF_8);
  private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.UTF_8);

  private final ObjectMapper json;
  private final ErrorResponses errors;
  private final GatewayMetrics metrics;

  EventStreams(ObjectMapper json, ErrorResponses errors, GatewayMetrics metrics) {
    this.json = json;
    this.errors = errors;
    this.metrics = metrics;
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
  }

  /** The open stream. */
  public final class Events {
    private final OutputStream out;

    private Events(OutputStream out) {
      this.out = out;
    }

    /** Sends one event, a record as JSON, once the buffer is full or flushed. */
    public void send(Object event) throws IOException {
      write(json.writeValueAsBytes(event));
    }

    /** Sends what is buffered, before waiting for more to come. */
    public void flush() throws IOException {
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
      events.write(DONE);
      exchange.markWhole();
    } catch (IOException | WeftException.Cancelled clientGone) {
      exchange.cancelCalls();
    } catch (RuntimeException failure) {
      fail(exchange, events, failure);
    } finally {
      metrics.streamClosed();
    }
  }

  private void fail(Exchange exchange, Events events, RuntimeException failure) {
    exchange.markBroken();
    exchange.cancelCalls();
    try {
      events.send(errors.body(failure));
    } catch (IOException clientGone) {
      exchange.cancelCalls();
    }
  }
}
