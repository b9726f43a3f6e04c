package io.weft.gateway.backend;

import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.Statuses;
import java.time.Duration;

/** What a failed call to a backend means for the gateway's client. */
final class BackendFailures {
  /** No fault of the request, unlike other things that a backend cannot do. */
  private static final String VOCABULARY_MISMATCH = "VOCABULARY_MISMATCH";

  private BackendFailures() {}

  /**
   * Keeps what the backend said of the request, and puts plain words in the place of what gRPC says
   * of connections, addresses and deadlines.
   *
   * @param limit the time that the call had
   * @param caller the context that the call ran in; cancelled when the HTTP client is gone
   */
  static WeftException of(
      Backend backend, Duration limit, Context caller, StatusRuntimeException failure) {
    WeftException said = Statuses.fromStatus(failure);
    boolean bare = said.reason().equals(failure.getStatus().getCode().name());
    return switch (said) {
      case WeftException.Unavailable _ when bare ->
          new WeftException.Unavailable(
              "BACKEND_UNAVAILABLE", "the %s is not reachable".formatted(backend), failure);
      case WeftException.DeadlineExceeded _ ->
          new WeftException.DeadlineExceeded(
              "the %s did not finish within its limit of %s".formatted(backend, show(limit)));
      case WeftException.Cancelled _ ->
          caller.isCancelled()
              ? new WeftException.Cancelled("the client closed its connection")
              : ended(backend, failure);
      // A connection that closed: Statuses.LOST.
      case WeftException.Internal _ when failure.getStatus().getCode() == Status.Code.UNKNOWN ->
          ended(backend, failure);
      case WeftException.Overloaded e when bare -> fault(backend, e);
      case WeftException.Internal e -> fault(backend, e);
      case WeftException.Unauthenticated e -> fault(backend, e);
      case WeftException.Unsupported e
          when failure.getStatus().getCode() == Status.Code.UNIMPLEMENTED ->
          fault(backend, e);
      case WeftException.Unsupported e when e.reason().equals(VOCABULARY_MISMATCH) ->
          new WeftException.Unavailable(
              VOCABULARY_MISMATCH,
              "the tokenizer and the generator hold different tokenizers of this model",
              failure);
      default -> said;
    };
  }

  private static WeftException.Unavailable ended(Backend backend, StatusRuntimeException failure) {
    return new WeftException.Unavailable(
        "BACKEND_UNAVAILABLE", "the %s ended the call".formatted(backend), failure);
  }

  /** Without a cause: the backend's own log has the stack that matters. */
  private static WeftException.Internal fault(Backend backend, WeftException said) {
    return new WeftException.Internal(
        "the %s failed: %s".formatted(backend, said.getMessage()), null);
  }

  private static String show(Duration limit) {
    return limit.toMillis() % 1000 == 0
        ? "%,d s".formatted(limit.toSeconds())
        : "%,d ms".formatted(limit.toMillis());
  }
}
