package io.weft.runtime.tls;

import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.quarkus.grpc.GlobalInterceptor;
import jakarta.inject.Singleton;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Lets services call what {@code weft.mtls.callers} says they may, and answers others
 * PERMISSION_DENIED. Every service may ask for the state of health. Without mutual TLS everybody
 * may call.
 */
@Singleton
@GlobalInterceptor
final class CallerCheck implements ServerInterceptor {
  private static final String HEALTH = "grpc.health.v1.Health";

  private final boolean checks;
  private final Set<String> callers;

  CallerCheck(ServiceTls tls, MtlsConfig config) {
    this.checks = tls.guardsServer();
    this.callers = Set.copyOf(config.callers().orElse(List.of()));
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    if (checks) {
      String caller = caller(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION));
      MethodDescriptor<Q, R> method = call.getMethodDescriptor();
      if (!mayCall(caller, method)) {
        call.close(
            Status.PERMISSION_DENIED.withDescription(
                "the service '%s' may not call %s".formatted(caller, method.getFullMethodName())),
            new Metadata());
        return new ServerCall.Listener<>() {};
      }
    }
    return next.startCall(call, headers);
  }

  private boolean mayCall(String caller, MethodDescriptor<?, ?> method) {
    return callers.contains(caller)
        || callers.contains(caller + "/" + method.getBareMethodName())
        || (!caller.isEmpty() && HEALTH.equals(method.getServiceName()));
  }

  /** The name in the certificate of the other side; empty without one. */
  private static String caller(@Nullable SSLSession session) {
    if (session == null) {
      return "";
    }
    try {
      return session.getPeerCertificates()[0] instanceof X509Certificate certificate
          ? Identity.of(certificate)
          : "";
    } catch (SSLPeerUnverifiedException | CertificateException e) {
      return "";
    }
  }
}
