package io.weft.gateway.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.http.HttpServerResponse;
import io.weft.gateway.GatewayConfig;
import io.weft.gateway.error.ApiError;
import io.weft.gateway.error.ErrorResponses;
import io.weft.runtime.error.WeftException;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Server-sent events as OpenAI sends them. A stream has one terminal event: {@code data: [DONE]}
 * after a whole answer, or {@code data: {"error": ...}} when it fails midway, and then no {@code
 * [DONE]}, so that half an answer never looks whole.
 *
 * <p>A source may have other ends: responses end with an event of their own.
 *
 * <p>The request's thread writes into a {@link ClientBuffer}. While that is full, since the client
 * does not read, it waits, and what makes the events waits with it; when it has been full for too
 * long the work ends and the stream with an error. The connection of a client that reads not even
 * that is closed.
 */
@Singleton
public final class EventStreams {
  private static final byte[] DATA = "data: ".getBytes(StandardCharsets.UTF_8);
  private static final byte[] END = "\n\n".getBytes(StandardCharsets.UTF_8);
  private static final byte[] COMMENT = ": keep-alive\n\n".getBytes(StandardCharsets.UTF_8);

  /** Events that come at once leave together, about so many bytes at a time. */
  private static final int CHUNK = 8_192;

  private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.UTF_8);

  private final ObjectMapper json;
  private final ErrorResponses errors;
  private final GatewayMetrics metrics;
  private final Duration keepAlive;
  private final long capacity;
  private final Duration patience;
  private final Duration retryAfter;

  EventStreams(
      ObjectMapper json, ErrorResponses errors, GatewayMetrics metrics, GatewayConfig config) {
    this.json = json;
    this.errors = errors;
    this.metrics = metrics;
    this.keepAlive = config.streamKeepAlive();
    this.capacity = config.streamBuffer().asLongValue();
    this.patience = config.slowReaderTimeout();
    this.retryAfter = config.retryAfter();
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

  /** The open stream. Used by the request's thread. */
  public final class Events {
    private final ClientBuffer client;
    private final ByteArrayOutputStream chunk = new ByteArrayOutputStream();

    private Events(ClientBuffer client) {
      this.client = client;
    }

    /** Sends one event, a record as JSON, once there is a chunk of them or it is flushed. */
    public void send(Object event) throws IOException {
      if (event instanceof Named named) {
        chunk.writeBytes(("event: " + named.type() + "\n").getBytes(StandardCharsets.UTF_8));
      }
      write(json.writeValueAsBytes(event));
    }

    /** Sends what there is, before waiting for more to come. */
    public void flush() throws IOException {
      if (chunk.size() > 0) {
        byte[] bytes = chunk.toByteArray();
        chunk.reset();
        client.write(bytes);
      }
    }

    /** After how long without an event a comment is due. */
    public Duration keepAlive() {
      return keepAlive;
    }

    /** Sends a comment, which clients skip and which keeps what lies between from hanging up. */
    public void comment() throws IOException {
      chunk.writeBytes(COMMENT);
      flush();
    }

    private void write(byte[] data) throws IOException {
      chunk.writeBytes(DATA);
      chunk.writeBytes(data);
      chunk.writeBytes(END);
      if (chunk.size() >= CHUNK) {
        flush();
      }
    }
  }

  /** The response of a stream whose first event is at hand. */
  public Response response(Exchange exchange, Source source) {
    // Not to the stream that is given, which waits for a client without an end.
    StreamingOutput body = _ -> write(exchange, source);
    return Response.ok(body)
        .header(HttpHeaders.CONTENT_TYPE, "text/event-stream; charset=utf-8")
        .header(HttpHeaders.CACHE_CONTROL, "no-cache")
        .header("X-Accel-Buffering", "no")
        .build();
  }

  private void write(Exchange exchange, Source source) {
    HttpServerResponse response = exchange.routing().response();
    response.setChunked(true);
    ClientBuffer client = new ClientBuffer(response::write, capacity, patience, retryAfter);
    Events events = new Events(client);
    exchange.markStreaming();
    metrics.streamOpened();
    try {
      source.writeTo(events);
      source.end(events);
      events.flush();
      exchange.markWhole();
    } catch (IOException | WeftException.Cancelled clientGone) {
      exchange.cancelCalls();
    } catch (RuntimeException failure) {
      fail(exchange, source, events, failure);
    } finally {
      if (!client.drain()) {
        exchange.closeConnection();
      }
      metrics.streamClosed();
    }
  }

  private void fail(Exchange exchange, Source source, Events events, RuntimeException failure) {
    exchange.markBroken();
    exchange.cancelCalls();
    events.client.stopWaiting();
    try {
      source.fail(events, errors.body(failure).error());
      events.flush();
    } catch (IOException clientGone) {
      exchange.cancelCalls();
    }
  }
}
