package io.weft.runtime.tls;

import io.grpc.netty.NettyChannelBuilder;
import io.quarkus.grpc.api.ChannelBuilderCustomizer;
import io.quarkus.grpc.runtime.config.GrpcClientConfiguration;
import jakarta.inject.Singleton;
import java.util.Map;

/**
 * Makes Quarkus' channels ones of mutual TLS. The name of a client is that of the service that it
 * calls.
 */
@Singleton
final class MtlsChannels implements ChannelBuilderCustomizer<NettyChannelBuilder> {
  private final ServiceTls tls;

  MtlsChannels(ServiceTls tls) {
    this.tls = tls;
  }

  @Override
  public Map<String, Object> customize(
      String service, GrpcClientConfiguration config, NettyChannelBuilder channel) {
    tls.secure(channel, service);
    return Map.of();
  }
}
