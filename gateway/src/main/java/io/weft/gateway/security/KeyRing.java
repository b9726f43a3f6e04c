package io.weft.gateway.security;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.weft.gateway.GatewayConfig;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The keys as they are now. A file of keys is read again when it changes; while it makes no sense,
 * the keys before it stay. So a gateway that once had keys never opens by an accident with its
 * file.
 */
@Singleton
public final class KeyRing {
  private static final Logger LOG = Logger.getLogger(KeyRing.class);

  private final Duration interval;
  private final Rates rates;
  private final @Nullable Path file;
  private final Thread watch =
      Thread.ofPlatform().daemon().name("watch-keys").unstarted(this::watch);
  private volatile ApiKeys keys;

  /** What was last said of the file; of the watching thread once that runs. */
  private String problem = "";

  /**
   * @throws IllegalStateException when the file cannot be used, or when strangers could call
   */
  KeyRing(
      GatewayConfig config, Rates rates, @ConfigProperty(name = "quarkus.http.host") String host) {
    this.interval = config.keysReload();
    this.rates = rates;
    this.file = config.keysFile().orElse(null);
    if (file == null) {
      if (!Loopback.is(host) && !config.allowAnonymous()) {
        throw new IllegalStateException(
            "the gateway would listen on %s without API keys: name their file (WEFT_KEYS_FILE), or allow everybody (WEFT_ALLOW_ANONYMOUS=true)"
                .formatted(host));
      }
      this.keys = new ApiKeys.Open();
    } else {
      try {
        this.keys = closed(KeysFile.read(file), List.of());
      } catch (KeysFile.Malformed e) {
        throw new IllegalStateException(
            "the file of API keys, %s, cannot be used: %s".formatted(file, e.getMessage()), e);
      }
    }
  }

  /**
   * Whose request it is. Does not wait, so any thread may ask.
   *
   * @param authorization the value of the header or of the call's metadata
   * @throws io.weft.runtime.error.WeftException.Unauthenticated when there are keys and it shows
   *     none of them
   */
  public Caller caller(@Nullable String authorization) {
    return keys.caller(authorization);
  }

  void onStart(@Observes StartupEvent event) {
    if (file != null) {
      LOG.infof("API keys of: %s", names());
      watch.start();
    }
  }

  void onStop(@Observes ShutdownEvent event) {
    watch.interrupt();
  }

  private void watch() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        Thread.sleep(interval);
        reload();
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  /** Takes the keys that the file has now. */
  private void reload() {
    try {
      List<KeysFile.Entry> read = KeysFile.read(Objects.requireNonNull(file));
      ApiKeys.Closed now = (ApiKeys.Closed) keys;
      if (!problem.isEmpty() || !read.equals(now.entries())) {
        keys = closed(read, now.keys());
        LOG.infof("API keys read again, now of: %s", names());
      }
      problem = "";
    } catch (KeysFile.Malformed e) {
      String now = String.valueOf(e.getMessage());
      if (!now.equals(problem)) {
        LOG.errorf("the file of API keys, %s, cannot be used, the keys stay: %s", file, now);
      }
      problem = now;
    }
  }

  /** Keys that are as they were keep what they have used. */
  private ApiKeys.Closed closed(List<KeysFile.Entry> entries, List<ApiKeys.Key> before) {
    return new ApiKeys.Closed(
        entries.stream()
            .map(
                entry ->
                    before.stream()
                        .filter(key -> key.entry().equals(entry))
                        .findFirst()
                        .orElseGet(() -> new ApiKeys.Key(entry, rates.quota(entry))))
            .toList());
  }

  private String names() {
    return keys instanceof ApiKeys.Closed closed
        ? closed.entries().stream().map(KeysFile.Entry::name).collect(Collectors.joining(", "))
        : "nobody";
  }
}
