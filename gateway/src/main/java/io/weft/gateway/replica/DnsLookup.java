package io.weft.gateway.replica;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsServerAddressStreamProvider;
import io.netty.resolver.dns.NoopDnsCache;
import io.netty.resolver.dns.NoopDnsCnameCache;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks the DNS servers of {@code /etc/resolv.conf}, after {@code /etc/hosts}. Netty's resolver,
 * because Java's own keeps answers for 30 seconds, as no program can change once it runs.
 *
 * <p>Of a host with addresses of both kinds, IPv4 ones count: otherwise a replica with both would
 * be two.
 */
final class DnsLookup implements HostLookup, AutoCloseable {
  private static final Duration QUERY_TIMEOUT = Duration.ofSeconds(2);

  /** Longest time for all queries of one host: search domains, two kinds, several servers. */
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final EventLoopGroup loops =
      new NioEventLoopGroup(1, new DefaultThreadFactory("dns", true));
  private final DnsNameResolver resolver;

  /** By the servers of this machine. */
  DnsLookup() {
    this(null);
  }

  /**
   * @param servers whom to ask; null for those of this machine
   */
  DnsLookup(@Nullable DnsServerAddressStreamProvider servers) {
    DnsNameResolverBuilder builder =
        new DnsNameResolverBuilder(loops.next())
            .datagramChannelType(NioDatagramChannel.class)
            .queryTimeoutMillis(QUERY_TIMEOUT.toMillis())
            .resolveCache(NoopDnsCache.INSTANCE)
            .cnameCache(NoopDnsCnameCache.INSTANCE);
    if (servers != null) {
      builder.nameServerProvider(servers);
    }
    resolver = builder.build();
  }

  @Override
  public List<InetAddress> all(String host) throws UnknownHostException, InterruptedException {
    Future<List<InetAddress>> answer = resolver.resolveAll(host);
    if (!answer.await(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new UnknownHostException("no answer within %,d s".formatted(LIMIT.toSeconds()));
    }
    if (!answer.isSuccess()) {
      throw new UnknownHostException(String.valueOf(answer.cause().getMessage()));
    }
    List<InetAddress> all = answer.getNow();
    List<InetAddress> four = all.stream().filter(Inet4Address.class::isInstance).toList();
    return four.isEmpty() ? all : four;
  }

  @Override
  public void close() {
    resolver.close();
    var _ = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
