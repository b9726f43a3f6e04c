package io.weft.gateway.tei;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.weft.gateway.error.ApiError;
import io.weft.gateway.error.ErrorResponses;
import io.weft.runtime.error.WeftException;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.Response;

/**
 * Failures as text-embeddings-inference answers them: {@code {"error": ..., "error_type": ...}}.
 * Bad requests are 400, as everywhere else here, except what its clients tell apart by the status:
 * 413 for what is too long, 424 for what the model cannot do.
 */
@Singleton
public final class TeiErrors {
  private static final int TOO_LARGE = 413;
  private static final int FAILED_DEPENDENCY = 424;

  private final ErrorResponses errors;

  TeiErrors(ErrorResponses errors) {
    this.errors = errors;
  }

  /**
   * The body of an error.
   *
   * @param error for people; names the limit and the value
   * @param errorType {@code Validation}, {@code Backend}, {@code Overloaded} or {@code Unhealthy}
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record Body(String error, String errorType) {}

  /** The response, with the headers that every failure has. */
  public Response response(RuntimeException failure) {
    Response common = errors.response(failure);
    String message = ((ApiError.Body) common.getEntity()).error().message();
    Kind kind = kind(failure, common.getStatus());
    return Response.fromResponse(common)
        .status(kind.status)
        .entity(new Body(message, kind.type))
        .build();
  }

  private record Kind(int status, String type) {}

  private static Kind kind(RuntimeException failure, int status) {
    return switch (failure) {
      case WeftException.InvalidRequest e ->
          switch (e.reason()) {
            case "CONTEXT_LENGTH_EXCEEDED", "TEXT_TOO_LONG" -> new Kind(TOO_LARGE, "Validation");
            default -> new Kind(status, "Validation");
          };
      case WeftException.NotFound _ -> new Kind(status, "Validation");
      case WeftException.Overloaded _ -> new Kind(status, "Overloaded");
      case WeftException.Unavailable _ -> new Kind(status, "Unhealthy");
      case WeftException.Unsupported _ -> new Kind(FAILED_DEPENDENCY, "Backend");
      default -> new Kind(status, "Backend");
    };
  }
}
