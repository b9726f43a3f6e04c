package io.weft.tokenizer;

import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.OpenCalls;
import io.weft.runtime.health.GrpcHealthStatus;
import io.weft.runtime.limit.AdmissionLimit;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.NamedFolder;
import io.weft.tokenizer.chat.TemplateLimits;
import io.weft.tokenizer.encode.BatchEncoder;
import io.weft.tokenizer.encode.ReplyMemory;
import io.weft.tokenizer.encode.WorkPool;
import io.weft.tokenizer.model.TokenizerLoader;
import io.weft.tokenizer.model.TokenizerModel;
import io.weft.tokenizer.model.TokenizerModels;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What this process holds: the tokenizers, which may be loaded and unloaded while it runs, the
 * threads that use them, and the bound on the work taken in.
 */
@ApplicationScoped
class TokenizerRuntime {
  private static final Logger LOG = Logger.getLogger(TokenizerRuntime.class);

  private final TokenizerConfig config;
  private final TokenizerMetrics metrics;
  private final GrpcHealthStatus health;
  private final OpenCalls calls;
  private final ReplyMemory replies;
  private final ReentrantLock changing = new ReentrantLock();

  /** Replaced as a whole, by whoever holds the lock. */
  private volatile @Nullable State state;

  TokenizerRuntime(
      TokenizerConfig config, TokenizerMetrics metrics, GrpcHealthStatus health, OpenCalls calls) {
    this.config = config;
    this.metrics = metrics;
    this.health = health;
    this.calls = calls;
    this.replies = new ReplyMemory(config.maxReplyBytes(), config.retryAfter());
  }

  /** All that exists once loading is over. */
  record State(
      TokenizerModels models, WorkPool pool, BatchEncoder batches, AdmissionLimit admission) {}

  /** The memory of all replies. */
  ReplyMemory replies() {
    return replies;
  }

  /** What is loaded; null while loading. */
  @Nullable State stateIfLoaded() {
    return state;
  }

  /**
   * What is loaded.
   *
   * @throws WeftException.Unavailable while loading
   */
  State state() {
    State loaded = state;
    if (loaded == null) {
      throw new WeftException.Unavailable("STARTING", "the tokenizers are being loaded", null);
    }
    return loaded;
  }

  void start(@Observes StartupEvent event) {
    health.setServing(false);
    State loaded;
    try {
      loaded = load();
    } catch (IllegalArgumentException e) {
      LOG.debug("cannot start", e);
      // Quarkus prints the message of this exception, and only that, as the last line.
      throw new ConfigurationException("weft-tokenizer cannot start: " + e.getMessage());
    }
    state = loaded;
    health.setServing(!loaded.models().all().isEmpty());
  }

  /**
   * Loads a model's tokenizer, or loads it anew.
   *
   * @return whether there was an old one
   * @throws WeftException.NotFound when there is no such folder
   * @throws WeftException.Unsupported when it has no tokenizer that can be used; an old one then
   *     stays
   */
  boolean load(String name) {
    changing.lock();
    try {
      State before = state();
      ModelFolder folder = NamedFolder.open(config.modelsDir(), name);
      TokenizerModel model;
      try {
        model = loader().load(folder);
      } catch (IllegalArgumentException e) {
        throw NamedFolder.unusable(String.valueOf(e.getMessage()));
      }
      boolean replaced = before.models().has(name);
      exchange(before, before.models().with(model));
      LOG.infof("tokenizer ready: %s", describe(model));
      return replaced;
    } finally {
      changing.unlock();
    }
  }

  /**
   * Forgets a model's tokenizer.
   *
   * @throws WeftException.NotFound when it is not loaded
   */
  void unload(String name) {
    changing.lock();
    try {
      State before = state();
      before.models().require(name);
      exchange(before, before.models().without(name));
      LOG.infof("tokenizer unloaded: %s", name);
    } finally {
      changing.unlock();
    }
  }

  private void exchange(State before, TokenizerModels models) {
    state = new State(models, before.pool(), before.batches(), before.admission());
    health.setServing(!models.all().isEmpty());
  }

  private TokenizerLoader loader() {
    return new TokenizerLoader(
        new TemplateLimits(config.template().maxOutputChars(), config.template().timeout()));
  }

  private State load() {
    TokenizerConfig.validate(config);
    long start = System.nanoTime();
    List<String> only = config.models().orElse(List.of());
    TokenizerModels models = TokenizerModels.load(config.modelsDir(), only, loader());
    report(models, (System.nanoTime() - start) / 1_000_000);
    int threads = config.threads().orElse(Runtime.getRuntime().availableProcessors());
    WorkPool pool = new WorkPool(threads);
    AdmissionLimit admission =
        new AdmissionLimit(
            config.maxQueuedRequests(), config.maxQueuedTokens(), config.retryAfter());
    metrics.watch(admission, replies);
    return new State(models, pool, new BatchEncoder(pool), admission);
  }

  private void report(TokenizerModels models, long millis) {
    if (models.all().isEmpty()) {
      LOG.warnf(
          "no model with a tokenizer in %s: not ready until the service is started with one",
          config.modelsDir().toAbsolutePath());
      return;
    }
    LOG.infof(
        "tokenizers ready after %,d ms: %s",
        millis,
        models.all().stream().map(TokenizerRuntime::describe).collect(Collectors.joining(", ")));
  }

  private static String describe(TokenizerModel model) {
    return "%s (%,d tokens%s)"
        .formatted(
            model.name(),
            model.vocabulary().size(),
            model.template() == null ? "" : ", chat template");
  }

  /**
   * Comes before Quarkus closes its servers, so that health checks and new callers are told; it
   * waits for this, and sends it where {@code quarkus.shutdown.delay-enabled} is set.
   */
  void drain(@Observes ShutdownDelayInitiatedEvent event) throws InterruptedException {
    health.setServing(false);
    calls.drain(config.shutdownGrace());
  }

  void stop(@Observes ShutdownEvent event) {
    health.setServing(false);
    State loaded = state;
    if (loaded != null) {
      loaded.pool().close();
      loaded.models().close();
    }
  }
}
