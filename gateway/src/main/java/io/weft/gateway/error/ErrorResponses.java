package io.weft.gateway.error;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.GatewayConfig;
import io.weft.runtime.error.WeftException;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.Locale;
import java.util.UUID;
import org.jboss.logging.Logger;

/**
 * The one place where failures become HTTP statuses and OpenAI's error JSON. Faults of ours are
 * logged here, without any text of the request, and answered with nothing but an id to find them
 * by.
 */
@Singleton
public final class ErrorResponses {
  private static final Logger LOG = Logger.getLogger(ErrorResponses.class);

  /** Reasons of bad requests that have a status of their own: 408, 413, 414, 415 and 431. */
  public static final String BODY_TOO_SLOW = "BODY_TOO_SLOW";

  public static final String BODY_TOO_LARGE = "BODY_TOO_LARGE";

  public static final String URI_TOO_LONG = "URI_TOO_LONG";
  public static final String UNSUPPORTED_ENCODING = "UNSUPPORTED_ENCODING";
  public static final String HEADERS_TOO_LARGE = "HEADERS_TOO_LARGE";

  /** What is counted, and would be sent, when the client closed its connection first. */
  public static final int CLIENT_CLOSED_REQUEST = 499;

  private final Duration retryAfter;
  private final ObjectMapper json;

  ErrorResponses(GatewayConfig config, ObjectMapper json) {
    this.json = json;
    this.retryAfter = config.retryAfter();
  }

  /** The whole response. */
  public Response response(Throwable failure) {
    Response.ResponseBuilder response = Response.status(status(failure));
    switch (failure) {
      case WeftException.Overloaded e ->
          response.header(HttpHeaders.RETRY_AFTER, seconds(e.retryAfter()));
      case WeftException.Unavailable _ ->
          response.header(HttpHeaders.RETRY_AFTER, seconds(retryAfter));
      case WeftException.Unauthenticated _ ->
          response.header(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
      default -> {}
    }
    return response.type(MediaType.APPLICATION_JSON_TYPE).entity(body(failure)).build();
  }

  /** Answers a request that has not reached a resource. */
  public void send(RoutingContext routing, WeftException failure) {
    Response response = response(failure);
    HttpServerResponse out = routing.response().setStatusCode(response.getStatus());
    response
        .getHeaders()
        .forEach((name, values) -> values.forEach(value -> out.putHeader(name, value.toString())));
    try {
      out.end(Buffer.buffer(json.writeValueAsBytes(response.getEntity())));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an error always has a JSON", e);
    }
  }

  /** The error JSON alone, as the last event of a stream that has begun. */
  public ApiError.Body body(Throwable failure) {
    return new ApiError.Body(
        switch (failure) {
          case WeftException.InvalidRequest e -> error(e, "invalid_request_error");
          case WeftException.Unsupported e -> error(e, "invalid_request_error");
          case WeftException.NotFound e -> error(e, "invalid_request_error");
          case WeftException.Unauthenticated e -> error(e, "invalid_request_error");
          case WeftException.Overloaded e -> error(e, "rate_limit_error");
          case WeftException.Unavailable e -> error(e, "service_unavailable_error");
          case WeftException.DeadlineExceeded e -> error(e, "timeout_error");
          case WeftException.Cancelled e -> error(e, "client_closed_request");
          case WeftException.Internal e -> internal(e);
          default -> internal(failure);
        });
  }

  /** A failure of HTTP itself, such as an unknown route. */
  static ApiError.Body body(int status, String message, String code) {
    return new ApiError.Body(
        new ApiError(message, status < 500 ? "invalid_request_error" : "server_error", null, code));
  }

  static int status(Throwable failure) {
    return switch (failure) {
      case WeftException.InvalidRequest e ->
          switch (e.reason()) {
            case BODY_TOO_SLOW -> 408;
            case BODY_TOO_LARGE -> 413;
            case URI_TOO_LONG -> 414;
            case UNSUPPORTED_ENCODING -> 415;
            case HEADERS_TOO_LARGE -> 431;
            default -> 400;
          };
      case WeftException.Unsupported _ -> 400;
      case WeftException.NotFound _ -> 404;
      case WeftException.Unauthenticated _ -> 401;
      case WeftException.Overloaded _ -> 429;
      case WeftException.Unavailable _ -> 503;
      case WeftException.DeadlineExceeded _ -> 504;
      case WeftException.Cancelled _ -> CLIENT_CLOSED_REQUEST;
      case WeftException.Internal _ -> 500;
      default -> 500;
    };
  }

  private static ApiError error(WeftException e, String type) {
    return new ApiError(
        String.valueOf(e.getMessage()),
        type,
        e.metadata().get("param"),
        e.reason().toLowerCase(Locale.ROOT));
  }

  private static ApiError internal(Throwable failure) {
    String id = UUID.randomUUID().toString();
    if (failure instanceof WeftException && failure.getCause() == null) {
      LOG.errorf("internal error %s: %s", id, failure.getMessage());
    } else {
      LOG.errorf(WithoutText.of(failure), "internal error %s", id);
    }
    return new ApiError("internal error, id " + id, "server_error", null, "internal_error");
  }

  /** Whole seconds, rounded up, at least 1. */
  private static long seconds(Duration delay) {
    return Math.max(1, delay.plusMillis(999).toSeconds());
  }
}
