package io.weft.gateway.error;

import io.vertx.ext.web.RoutingContext;
import io.weft.runtime.error.WeftException;
import jakarta.inject.Singleton;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Hands every failure of a resource method, and of finding one, to {@link ErrorResponses}. */
@Singleton
public final class ErrorMappers {
  private final ErrorResponses errors;

  ErrorMappers(ErrorResponses errors) {
    this.errors = errors;
  }

  /** What a resource method fails with. */
  @ServerExceptionMapper
  public Response failure(WeftException failure) {
    return errors.response(failure);
  }

  /** No such route, method or media type. */
  @ServerExceptionMapper
  public Response http(WebApplicationException failure, UriInfo uri) {
    int status = failure.getResponse().getStatus();
    if (status >= 500) {
      return errors.response(failure);
    }
    ApiError.Body body =
        switch (status) {
          case 404 -> ErrorResponses.body(status, "no such route", "unknown_url");
          case 405 ->
              ErrorResponses.body(status, "this route has no such method", "method_not_allowed");
          case 406 ->
              ErrorResponses.body(status, "the Accept header admits no answer", "not_acceptable");
          case 415 ->
              ErrorResponses.body(
                  status,
                  "the body's Content-Type must be application/json",
                  "unsupported_media_type");
          default -> ErrorResponses.body(status, "bad request", "bad_request");
        };
    Response.ResponseBuilder response =
        Response.status(status).type(MediaType.APPLICATION_JSON_TYPE).entity(body);
    return status == 405
        ? response.header(HttpHeaders.ALLOW, Routes.methods(uri.getPath())).build()
        : response.build();
  }

  /** Everything else is a fault of ours, but for a client that left while it was answered. */
  @ServerExceptionMapper
  public Response fault(Throwable failure, RoutingContext routing) {
    return failure instanceof IOException && routing.response().closed()
        ? errors.response(new WeftException.Cancelled("the client closed its connection"))
        : errors.response(failure);
  }
}
