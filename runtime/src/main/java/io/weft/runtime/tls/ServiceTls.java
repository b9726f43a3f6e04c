package io.weft.runtime.tls;

import io.grpc.netty.InternalNettyChannelBuilder;
import io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.InternalProtocolNegotiators;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.netty.handler.ssl.SslContext;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import javax.net.ssl.SSLException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Mutual TLS for this service's server and channels, where it is switched on. */
@Singleton
public final class ServiceTls {
  private static final Logger LOG = Logger.getLogger(ServiceTls.class);
  private static final Duration SHORTEST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofDays(1);

  private final @Nullable Mtls mtls;
  private final boolean hasCallers;

  /**
   * @throws IllegalStateException when it is switched on and the certificates cannot be used
   */
  ServiceTls(MtlsConfig config) {
    if (config.reload().compareTo(SHORTEST) < 0 || config.reload().compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "weft.mtls.reload is %s, it must be between %s and %s"
              .formatted(config.reload(), SHORTEST, LONGEST));
    }
    this.mtls = config.folder().map(folder -> Mtls.open(folder, config.reload())).orElse(null);
    this.hasCallers = config.callers().isPresent();
  }

  /** So that certificates that cannot be used end the start. */
  void onStart(@Observes StartupEvent event) {
    if (mtls != null) {
      LOG.info("services are called by mutual TLS");
    }
  }

  @PreDestroy
  void close() {
    if (mtls != null) {
      mtls.close();
    }
  }

  /** Whether calls to this service come by mutual TLS only. */
  boolean guardsServer() {
    return mtls != null && hasCallers;
  }

  /** Makes a server one of mutual TLS, if this service's is. */
  void secure(NettyServerBuilder server) {
    if (mtls == null || !hasCallers) {
      return;
    }
    try {
      server.sslContext(mtls.server());
    } catch (SSLException e) {
      throw new IllegalStateException("mutual TLS cannot be used", e);
    }
  }

  /**
   * Makes a channel one of mutual TLS, if it is switched on. What the builder is told of TLS later
   * does not matter: Quarkus tells it that there is none.
   *
   * @param service that the server must prove to be
   */
  void secure(NettyChannelBuilder channel, String service) {
    if (mtls == null) {
      return;
    }
    AdvancedTlsX509TrustManager trust = mtls.trust(service);
    SslContext context;
    try {
      context = mtls.client(trust);
    } catch (SSLException e) {
      throw new IllegalStateException("mutual TLS cannot be used", e);
    }
    InternalNettyChannelBuilder.setProtocolNegotiatorFactory(
        channel,
        new InternalProtocolNegotiator.ClientFactory() {
          @Override
          public InternalProtocolNegotiator.ProtocolNegotiator newNegotiator() {
            return InternalProtocolNegotiators.tls(context, null, trust);
          }

          @Override
          public int getDefaultPort() {
            return 443;
          }
        });
  }
}
