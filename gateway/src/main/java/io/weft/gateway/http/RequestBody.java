package io.weft.gateway.http;

import io.vertx.core.http.HttpHeaders;
import io.weft.gateway.error.ErrorResponses;
import io.weft.runtime.error.WeftException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request's body, up to a limit. What a client sends beyond the limit is read and dropped, up to
 * {@link #DROP_FACTOR} times the limit, so that clients that do not look at the answer before they
 * have sent everything get to see it; after that the connection is closed with the answer.
 */
final class RequestBody extends InputStream {
  static final int DROP_FACTOR = 8;
  private static final int DROP_BUFFER = 64 * 1024;

  private final InputStream raw;
  private final long limit;
  private final Exchange exchange;
  private long size;

  RequestBody(InputStream raw, long limit, Exchange exchange) {
    this.raw = raw;
    this.limit = limit;
    this.exchange = exchange;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (size == 0) {
      refuseByDeclaredLength();
    }
    int read = raw.read(buffer, offset, length);
    if (read > 0) {
      size += read;
      if (size > limit) {
        throw tooLarge(size + drop(limit * DROP_FACTOR - size));
      }
      exchange.holdBody(read);
    }
    return read;
  }

  private void refuseByDeclaredLength() throws IOException {
    Long declared = declaredLength();
    if (declared == null || declared <= limit) {
      return;
    }
    boolean waits =
        exchange
            .routing()
            .request()
            .headers()
            .contains(HttpHeaders.EXPECT, HttpHeaders.CONTINUE, true);
    drop(waits ? 0 : limit * DROP_FACTOR);
    throw tooLarge(declared);
  }

  private @Nullable Long declaredLength() {
    String value = exchange.routing().request().getHeader(HttpHeaders.CONTENT_LENGTH);
    return value == null ? null : Long.valueOf(value);
  }

  /** Returns how many bytes were dropped; when {@code most} is not enough, the rest never comes. */
  private long drop(long most) throws IOException {
    byte[] buffer = new byte[DROP_BUFFER];
    long dropped = 0;
    while (dropped < most) {
      int read = raw.read(buffer, 0, (int) Math.min(buffer.length, most - dropped));
      if (read < 0) {
        return dropped;
      }
      dropped += read;
    }
    exchange.closeConnectionAfterResponse();
    return dropped;
  }

  private WeftException.InvalidRequest tooLarge(long bytes) {
    return new WeftException.InvalidRequest(
        ErrorResponses.BODY_TOO_LARGE,
        "the body has %,d bytes, the limit is %,d".formatted(bytes, limit),
        Map.of());
  }
}
