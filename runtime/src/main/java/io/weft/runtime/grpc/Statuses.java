package io.weft.runtime.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.weft.runtime.error.WeftException;
import java.util.Map;
import java.util.Set;

/**
 * The one place where failures become gRPC statuses and statuses become failures again. Details
 * travel as {@code google.rpc.ErrorInfo} and {@code google.rpc.RetryInfo}.
 */
public final class Statuses {
  /**
   * How calls end whose server is lost: one that is made to end cancels them, gRPC calls it unknown
   * when a connection closes under a call that is being written, and a server that closes resets
   * what still arrives as internal. See {@link #isLost}.
   */
  public static final Set<io.grpc.Status.Code> LOST =
      Set.of(
          io.grpc.Status.Code.UNAVAILABLE,
          io.grpc.Status.Code.CANCELLED,
          io.grpc.Status.Code.UNKNOWN,
          io.grpc.Status.Code.INTERNAL);

  private static final String DOMAIN = "weft";

  /** Forbids another attempt (gRPC proposal A6); with it go the failures of our own services. */
  private static final Metadata.Key<String> PUSHBACK =
      Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

  private Statuses() {}

  /** What to end a call with. Unknown throwables become INTERNAL without their message. */
  public static StatusRuntimeException toStatus(Throwable failure) {
    return switch (failure) {
      case WeftException.Internal e -> fault(e);
      case WeftException e -> StatusProto.toStatusRuntimeException(toProto(e));
      case StatusRuntimeException e -> e;
      default ->
          fault(
              new WeftException.Internal(
                  "internal error (" + failure.getClass().getSimpleName() + ")", failure));
    };
  }

  /** Another replica would fail as well. */
  private static StatusRuntimeException fault(WeftException.Internal e) {
    Metadata trailers = new Metadata();
    trailers.put(PUSHBACK, "-1");
    return StatusProto.toStatusRuntimeException(toProto(e), trailers);
  }

  /** Whether a call failed with its server, and another one might answer it. */
  public static boolean isLost(Throwable failure) {
    Metadata trailers = io.grpc.Status.trailersFromThrowable(failure);
    return LOST.contains(io.grpc.Status.fromThrowable(failure).getCode())
        && (trailers == null || trailers.get(PUSHBACK) == null);
  }

  /** What a call to another service failed with. */
  public static WeftException fromStatus(StatusRuntimeException e) {
    String message = e.getStatus().getDescription();
    if (message == null) {
      message = e.getStatus().getCode().name();
    }
    ErrorInfo info = ErrorInfo.getDefaultInstance();
    RetryInfo retry = RetryInfo.getDefaultInstance();
    Status proto = StatusProto.fromThrowable(e);
    if (proto != null) {
      for (Any detail : proto.getDetailsList()) {
        try {
          if (detail.is(ErrorInfo.class)) {
            info = detail.unpack(ErrorInfo.class);
          } else if (detail.is(RetryInfo.class)) {
            retry = detail.unpack(RetryInfo.class);
          }
        } catch (InvalidProtocolBufferException malformed) {
          message += " (with malformed details)";
        }
      }
    }
    String reason = info.getReason().isEmpty() ? e.getStatus().getCode().name() : info.getReason();
    Map<String, String> metadata = info.getMetadataMap();
    return switch (e.getStatus().getCode()) {
      case INVALID_ARGUMENT, OUT_OF_RANGE ->
          new WeftException.InvalidRequest(reason, message, metadata);
      case NOT_FOUND -> new WeftException.NotFound(reason, message, metadata);
      case FAILED_PRECONDITION, UNIMPLEMENTED ->
          new WeftException.Unsupported(reason, message, metadata);
      case RESOURCE_EXHAUSTED ->
          new WeftException.Overloaded(reason, message, fromProto(retry.getRetryDelay()));
      case UNAUTHENTICATED -> new WeftException.Unauthenticated(reason, message);
      case UNAVAILABLE -> new WeftException.Unavailable(reason, message, e);
      case DEADLINE_EXCEEDED -> new WeftException.DeadlineExceeded(message);
      case CANCELLED -> new WeftException.Cancelled(message);
      case OK, UNKNOWN, ALREADY_EXISTS, PERMISSION_DENIED, ABORTED, INTERNAL, DATA_LOSS ->
          new WeftException.Internal(message, e);
    };
  }

  /** The {@code google.rpc.Code} of a failure, also used for the items of a batch. */
  public static Code code(WeftException e) {
    return switch (e) {
      case WeftException.InvalidRequest _ -> Code.INVALID_ARGUMENT;
      case WeftException.NotFound _ -> Code.NOT_FOUND;
      case WeftException.Unsupported _ -> Code.FAILED_PRECONDITION;
      case WeftException.Overloaded _ -> Code.RESOURCE_EXHAUSTED;
      case WeftException.Unauthenticated _ -> Code.UNAUTHENTICATED;
      case WeftException.Unavailable _ -> Code.UNAVAILABLE;
      case WeftException.DeadlineExceeded _ -> Code.DEADLINE_EXCEEDED;
      case WeftException.Cancelled _ -> Code.CANCELLED;
      case WeftException.Internal _ -> Code.INTERNAL;
    };
  }

  private static Status toProto(WeftException e) {
    Status.Builder status =
        Status.newBuilder()
            .setCode(code(e).getNumber())
            .setMessage(String.valueOf(e.getMessage()))
            .addDetails(
                Any.pack(
                    ErrorInfo.newBuilder()
                        .setDomain(DOMAIN)
                        .setReason(e.reason())
                        .putAllMetadata(e.metadata())
                        .build()));
    if (e instanceof WeftException.Overloaded overloaded) {
      status.addDetails(
          Any.pack(
              RetryInfo.newBuilder()
                  .setRetryDelay(
                      Duration.newBuilder()
                          .setSeconds(overloaded.retryAfter().toSeconds())
                          .setNanos(overloaded.retryAfter().toNanosPart()))
                  .build()));
    }
    return status.build();
  }

  private static java.time.Duration fromProto(Duration delay) {
    return java.time.Duration.ofSeconds(delay.getSeconds(), delay.getNanos());
  }
}
