package io.weft.runtime.tls;

import io.quarkus.grpc.api.ServerBuilderCustomizer;
import io.quarkus.grpc.runtime.config.GrpcServerConfiguration;
import io.vertx.grpc.VertxServerBuilder;
import jakarta.inject.Singleton;

/** Makes Quarkus' gRPC server one of mutual TLS. */
@Singleton
final class MtlsServer implements ServerBuilderCustomizer<VertxServerBuilder> {
  private final ServiceTls tls;

  MtlsServer(ServiceTls tls) {
    this.tls = tls;
  }

  @Override
  public void customize(GrpcServerConfiguration config, VertxServerBuilder server) {
    tls.secure(server.nettyBuilder());
  }
}
