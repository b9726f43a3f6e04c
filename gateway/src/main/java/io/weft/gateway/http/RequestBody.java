package io.weft.gateway.http;

import io.vertx.core.http.HttpHeaders;
import io.weft.gateway.error.ErrorResponses;
import io.weft.gateway.json.Weighed;
import io.weft.runtime.error.WeftException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;

/** A request's body, up to a limit; {@link UnreadBodies} deals with what is beyond. */
final class RequestBody extends InputStream implements Weighed {
  private final InputStream raw;
  private final long limit;
  private final long maxWeight;
  private final Exchange exchange;
  private final BodyPace pace = new BodyPace(System::nanoTime);
  private long size;
  private long weight;

  /**
   * @param limit most bytes
   * @param maxWeight most bytes of memory that what was read may take: what all bodies may together
   */
  RequestBody(InputStream raw, long limit, long maxWeight, Exchange exchange) {
    this.raw = raw;
    this.limit = limit;
    this.maxWeight = maxWeight;
    this.exchange = exchange;
  }

  @Override
  public void hold(long bytes) {
    weight += bytes;
    if (size + weight > maxWeight) {
      throw tooLarge(
          "so many names or values that it takes %,d bytes of memory or more"
              .formatted(size + weight),
          maxWeight);
    }
    exchange.holdBody(bytes);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (size == 0) {
      refuseByEncoding();
      refuseByDeclaredLength();
    }
    int read = raw.read(buffer, offset, length);
    if (read > 0) {
      size += read;
      if (size > limit) {
        throw tooLarge("%,d bytes or more".formatted(size), limit);
      }
      pace.check(size);
      exchange.holdBody(read);
    }
    return read;
  }

  private void refuseByEncoding() {
    String encoding = exchange.routing().request().getHeader(HttpHeaders.CONTENT_ENCODING);
    if (encoding != null && !encoding.isBlank() && !encoding.strip().equalsIgnoreCase("identity")) {
      throw new WeftException.InvalidRequest(
          ErrorResponses.UNSUPPORTED_ENCODING,
          "the body has a Content-Encoding, it must come as it is",
          Map.of());
    }
  }

  private void refuseByDeclaredLength() {
    String value = exchange.routing().request().getHeader(HttpHeaders.CONTENT_LENGTH);
    if (value != null && Long.parseLong(value) > limit) {
      throw tooLarge("%,d bytes".formatted(Long.parseLong(value)), limit);
    }
  }

  private static WeftException.InvalidRequest tooLarge(String found, long limit) {
    return new WeftException.InvalidRequest(
        ErrorResponses.BODY_TOO_LARGE,
        "the body has %s, the limit is %,d".formatted(found, limit),
        Map.of());
  }
}
