package io.weft.gateway.security;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeoutException;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.github.bucket4j.redis.lettuce.cas.LettuceBasedProxyManager;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.Delay;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Function;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Token buckets in Redis, by Bucket4j's own support of it. A question takes at most the timeout;
 * after one that failed none is asked for a second, so that nobody waits for a Redis that is away.
 * It is looked for again for as long as the gateway runs. Thread-safe.
 */
final class RedisBuckets implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(RedisBuckets.class);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** Buckets that nobody uses are forgotten once they would be full, and this much later. */
  private static final Duration KEPT = Duration.ofSeconds(10);

  private static final int MAX_WAITING = 1_000;

  private final Duration timeout;
  private final RedisURI uri;
  private final ClientResources resources;
  private final RedisClient client;
  private final Thread connecting =
      Thread.ofPlatform().daemon().name("connect-redis").unstarted(this::connect);

  private volatile @Nullable LettuceBasedProxyManager<byte[]> buckets;
  private volatile long askAgainNs = System.nanoTime();
  private volatile boolean away;

  /** Redis does not answer, or not in time. */
  static final class Away extends Exception {
    Away(@Nullable Throwable cause) {
      super("Redis is away", cause);
    }
  }

  /**
   * Begins to connect; does not wait for it.
   *
   * @param url {@code redis://[[USER:]PASSWORD@]HOST[:PORT][/DATABASE]}, or {@code rediss://} for
   *     TLS
   * @throws IllegalArgumentException when it is none
   */
  RedisBuckets(String url, Duration timeout) {
    this.timeout = timeout;
    this.uri = parse(url);
    uri.setTimeout(timeout);
    this.resources =
        DefaultClientResources.builder()
            .ioThreadPoolSize(2)
            .computationThreadPoolSize(2)
            .reconnectDelay(Delay.constant(PAUSE))
            .build();
    this.client = RedisClient.create(resources);
    client.setOptions(
        ClientOptions.builder()
            .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
            .requestQueueSize(MAX_WAITING)
            .socketOptions(SocketOptions.builder().connectTimeout(timeout).build())
            .build());
    connecting.start();
  }

  private static RedisURI parse(String url) {
    try {
      return RedisURI.create(url);
    } catch (IllegalArgumentException e) {
      // Its own message quotes the URL, and with it a password.
      throw new IllegalArgumentException(
          "weft.gateway.redis-url is not redis://[[USER:]PASSWORD@]HOST[:PORT][/DATABASE]");
    }
  }

  /**
   * Asks for something of a bucket. Waits for the network.
   *
   * @param key the bucket's name
   * @throws Away when there is no answer in time
   */
  <T> T ask(String key, long perMinute, Function<Bucket, T> question) throws Away {
    LettuceBasedProxyManager<byte[]> connected = buckets;
    if (connected == null || System.nanoTime() - askAgainNs < 0) {
      throw new Away(null);
    }
    try {
      T answer =
          question.apply(
              connected
                  .builder()
                  .build(
                      key.getBytes(StandardCharsets.UTF_8), () -> Rate.configuration(perMinute)));
      if (away) {
        away = false;
        LOG.info("Redis counts the limits of keys again");
      }
      return answer;
    } catch (RedisException | TimeoutException e) {
      askAgainNs = System.nanoTime() + PAUSE.toNanos();
      lost(e);
      throw new Away(e);
    }
  }

  private void lost(Throwable cause) {
    if (!away) {
      away = true;
      LOG.warnf("Redis, which counts the limits of keys, is away: %s", cause.getMessage());
    }
  }

  /** Until it is there for the first time; afterwards the client connects again by itself. */
  private void connect() {
    try {
      while (!Thread.currentThread().isInterrupted() && buckets == null) {
        try {
          buckets =
              Bucket4jLettuce.casBasedBuilder(client.connect(ByteArrayCodec.INSTANCE, uri))
                  .requestTimeout(timeout)
                  .expirationAfterWrite(
                      ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(KEPT))
                  .build();
          LOG.infof("limits of keys are counted in Redis at %s:%d", uri.getHost(), uri.getPort());
        } catch (RedisException e) {
          lost(e);
          Thread.sleep(PAUSE);
        }
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    connecting.interrupt();
    client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
    var _ = resources.shutdown();
  }
}
