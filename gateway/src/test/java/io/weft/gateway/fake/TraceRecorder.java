package io.weft.gateway.fake;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.quarkus.grpc.GlobalInterceptor;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Notes the trace context that calls to the fakes carry on the wire. */
@GlobalInterceptor
@ApplicationScoped
public class TraceRecorder implements ServerInterceptor {
  /** A call, and what its W3C {@code traceparent} header said. */
  public record Call(String method, String traceparent) {}

  public static final List<Call> CALLS = new CopyOnWriteArrayList<>();

  private static final Metadata.Key<String> TRACEPARENT =
      Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER);

  /** The methods that were called within a sampled trace, in order, without their packages. */
  public static List<String> of(String trace) {
    return CALLS.stream()
        .filter(call -> call.traceparent().matches("00-" + trace + "-[0-9a-f]{16}-01"))
        .filter(call -> !call.traceparent().contains("00f067aa0ba902b7"))
        .map(call -> call.method().replaceFirst("^weft\\.[a-z]+\\.v1\\.", ""))
        .toList();
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    CALLS.add(
        new Call(
            call.getMethodDescriptor().getFullMethodName(),
            String.valueOf(headers.get(TRACEPARENT))));
    return next.startCall(call, headers);
  }
}
