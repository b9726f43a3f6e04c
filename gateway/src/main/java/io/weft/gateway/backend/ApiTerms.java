package io.weft.gateway.backend;

import io.weft.runtime.error.WeftException;
import java.util.HashMap;
import java.util.Map;

/** The backends' names of request fields as the REST API calls them. */
final class ApiTerms {
  private ApiTerms() {}

  /**
   * A failure whose {@code param} is the API's: {@code sampling.top_p} becomes {@code top_p}.
   *
   * @param names other fields that have another name, by the backend's name
   */
  static WeftException translate(WeftException failure, Map<String, String> names) {
    String param = failure.metadata().get("param");
    if (param == null) {
      return failure;
    }
    Map<String, String> metadata = new HashMap<>(failure.metadata());
    metadata.put("param", names.getOrDefault(param, param.substring(param.indexOf('.') + 1)));
    String message = String.valueOf(failure.getMessage());
    return switch (failure) {
      case WeftException.InvalidRequest e ->
          new WeftException.InvalidRequest(e.reason(), message, metadata);
      case WeftException.Unsupported e ->
          new WeftException.Unsupported(e.reason(), message, metadata);
      case WeftException.NotFound e -> new WeftException.NotFound(e.reason(), message, metadata);
      case WeftException.Unauthenticated e -> e;
      case WeftException.Overloaded e -> e;
      case WeftException.Unavailable e -> e;
      case WeftException.DeadlineExceeded e -> e;
      case WeftException.Cancelled e -> e;
      case WeftException.Internal e -> e;
    };
  }
}
