package io.weft.gateway.replica;

import io.grpc.LoadBalancerRegistry;
import io.grpc.NameResolverRegistry;
import io.grpc.netty.NettyChannelBuilder;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.grpc.api.ChannelBuilderCustomizer;
import io.quarkus.grpc.runtime.config.GrpcClientConfiguration;
import io.weft.gateway.GatewayConfig;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * Makes the channels of the backends ({@code quarkus.grpc.clients.*}) reach all replicas, and owns
 * what is known of these.
 */
@Singleton
public final class ReplicaChannels implements ChannelBuilderCustomizer<NettyChannelBuilder> {
  private final GatewayConfig config;
  private final MeterRegistry metrics;
  private final DnsLookup lookup = new DnsLookup();
  private final ReplicaResolverProvider resolvers = new ReplicaResolverProvider();
  private final ReplicaBalancerProvider balancers = new ReplicaBalancerProvider();
  private final Map<String, Replicas> replicas = new ConcurrentHashMap<>();

  ReplicaChannels(GatewayConfig config, MeterRegistry metrics) {
    this.config = config;
    this.metrics = metrics;
    NameResolverRegistry.getDefaultRegistry().register(resolvers);
    LoadBalancerRegistry.getDefaultRegistry().register(balancers);
  }

  @PreDestroy
  void close() {
    NameResolverRegistry.getDefaultRegistry().deregister(resolvers);
    LoadBalancerRegistry.getDefaultRegistry().deregister(balancers);
    lookup.close();
  }

  /**
   * The replicas of a backend.
   *
   * @param backend its name: tokenizer, encoder or generator
   */
  public Replicas replicas(String backend) {
    return replicas.computeIfAbsent(backend, this::open);
  }

  @Override
  public Map<String, Object> customize(
      String backend, GrpcClientConfiguration client, NettyChannelBuilder channel) {
    channel
        .setNameResolverArg(
            ReplicaResolverProvider.FOUND,
            new ReplicaResolverProvider.Found(
                Place.parse(addresses(backend).orElse(List.of())),
                lookup,
                config.resolveInterval(),
                replicas(backend)))
        .disableServiceConfigLookUp();
    return CallPolicies.of(backend, config.hedgeAfter());
  }

  private Optional<List<String>> addresses(String backend) {
    return switch (backend) {
      case "tokenizer" -> config.tokenizerAddresses();
      case "encoder" -> config.encoderAddresses();
      case "generator" -> config.generatorAddresses();
      default -> throw new IllegalArgumentException("no such backend: " + backend);
    };
  }

  private Replicas open(String backend) {
    Replicas opened = new Replicas(config.affinityLoadFactor());
    gauge(opened, backend, "known", _ -> true);
    gauge(opened, backend, "serving", Replica::isServing);
    gauge(opened, backend, "ejected", Replica::isEjected);
    return opened;
  }

  private void gauge(Replicas replicas, String backend, String state, Predicate<Replica> counted) {
    Gauge.builder("weft.gateway.replicas", () -> replicas.all().stream().filter(counted).count())
        .description("Replicas of a backend: known, serving, and left out because calls failed")
        .tag("backend", backend)
        .tag("state", state)
        .register(metrics);
  }
}
