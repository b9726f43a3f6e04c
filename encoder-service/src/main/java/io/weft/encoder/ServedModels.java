package io.weft.encoder;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.weft.encoder.model.AttentionModel;
import io.weft.encoder.task.ClassifyTask;
import io.weft.encoder.task.PoolingMode;
import io.weft.encoder.task.ScorePairsTask;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.OpenCalls;
import io.weft.runtime.health.GrpcHealthStatus;
import io.weft.runtime.model.Family;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.ModelManifest;
import io.weft.runtime.model.NamedFolder;
import io.weft.runtime.onnx.KernelMetrics;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The models of this process: loaded and warmed at start, stopped at the end. Meanwhile others may
 * be loaded and loaded ones unloaded, one after the other; requests never wait for that.
 */
@ApplicationScoped
class ServedModels {
  private static final Logger LOG = Logger.getLogger(ServedModels.class);

  private final EncoderConfig config;
  private final MeterRegistry registry;
  private final GrpcHealthStatus health;
  private final OpenCalls calls;
  private final ReentrantLock changing = new ReentrantLock();

  /** Replaced as a whole, by whoever holds the lock. */
  private volatile Map<String, ServedModel> models = Map.of();

  private volatile Map<String, ServedAttentions> attentions = Map.of();
  private volatile boolean loaded;

  ServedModels(
      EncoderConfig config, MeterRegistry registry, GrpcHealthStatus health, OpenCalls calls) {
    this.config = config;
    this.registry = registry;
    this.health = health;
    this.calls = calls;
  }

  /**
   * The model of that name.
   *
   * @throws WeftException.NotFound when there is none
   * @throws WeftException.Unavailable while models are being loaded
   */
  ServedModel get(String name) {
    requireLoaded();
    ServedModel model = models.get(name);
    if (model == null) {
      throw WeftException.NotFound.model(name, models.keySet());
    }
    return model;
  }

  /** The attentions of the model of that name; null where its folder has no graph for them. */
  @Nullable ServedAttentions attentions(String name) {
    return attentions.get(name);
  }

  /** All models, by name. */
  Collection<ServedModel> all() {
    return models.values();
  }

  /** Whether loading is over. */
  boolean loaded() {
    return loaded;
  }

  void load(@Observes StartupEvent event) throws InterruptedException {
    health.setServing(false);
    Map<String, ServedModel> opened = new TreeMap<>();
    Map<String, ServedAttentions> withAttentions = new TreeMap<>();
    try {
      EncoderConfig.validate(config);
      for (ModelFolder folder : folders()) {
        String name = folder.manifest().name();
        if (opened.containsKey(name)) {
          throw new IllegalArgumentException(
              "two folders in %s hold a model named %s".formatted(config.modelsDir(), name));
        }
        opened.put(name, open(folder));
        if (AttentionModel.isIn(folder)) {
          AttentionModel model = new AttentionModel(folder, threads());
          withAttentions.put(name, new ServedAttentions(model, config));
        }
      }
    } catch (IllegalArgumentException | IllegalStateException e) {
      for (ServedModel model : opened.values()) {
        model.stop();
      }
      LOG.debug("cannot start", e);
      // Quarkus prints the message of this exception, and only that, as the last line.
      throw new ConfigurationException("weft-encoder cannot start: " + e.getMessage());
    }
    if (opened.isEmpty()) {
      LOG.warnf(
          "no encoder model in %s: not ready until the service is started with one",
          config.modelsDir().toAbsolutePath());
    }
    attentions = withAttentions;
    models = opened;
    loaded = true;
    health.setServing(!opened.isEmpty());
  }

  /**
   * Comes before Quarkus closes its servers, so that health checks and new callers are told; it
   * waits for this, and sends it where {@code quarkus.shutdown.delay-enabled} is set.
   */
  void drain(@Observes ShutdownDelayInitiatedEvent event) throws InterruptedException {
    health.setServing(false);
    calls.drain(config.shutdownGrace());
  }

  /**
   * Loads a model, or loads it anew; requests that were with the old one are still answered by it.
   *
   * @return whether there was an old one
   * @throws WeftException.NotFound when there is no such folder
   * @throws WeftException.Unsupported when it cannot be served; an old one then stays
   */
  boolean load(String name) throws InterruptedException {
    changing.lockInterruptibly();
    try {
      requireLoaded();
      ModelFolder folder = NamedFolder.open(config.modelsDir(), name);
      ServedModel model;
      ServedAttentions withAttentions = null;
      try {
        checkTasks(folder);
        if (AttentionModel.isIn(folder)) {
          withAttentions = new ServedAttentions(new AttentionModel(folder, threads()), config);
        }
        model = open(folder);
      } catch (IllegalArgumentException | IllegalStateException e) {
        if (withAttentions != null) {
          withAttentions.stop();
        }
        throw NamedFolder.unusable(String.valueOf(e.getMessage()));
      }
      return exchange(name, model, withAttentions);
    } finally {
      changing.unlock();
    }
  }

  /**
   * Forgets a model, when it has answered the requests that it has.
   *
   * @throws WeftException.NotFound when it is not loaded
   */
  void unload(String name) throws InterruptedException {
    changing.lockInterruptibly();
    try {
      requireLoaded();
      get(name);
      exchange(name, null, null);
      LOG.infof("model %s is unloaded", name);
    } finally {
      changing.unlock();
    }
  }

  /**
   * Puts a model in the place of another, either of which may be missing; true if there was one.
   */
  private boolean exchange(
      String name, @Nullable ServedModel model, @Nullable ServedAttentions withAttentions)
      throws InterruptedException {
    Map<String, ServedAttentions> newAttentions = new TreeMap<>(attentions);
    Map<String, ServedModel> newModels = new TreeMap<>(models);
    ServedAttentions oldAttentions = newAttentions.remove(name);
    ServedModel old = newModels.remove(name);
    if (withAttentions != null) {
      newAttentions.put(name, withAttentions);
    }
    if (model != null) {
      newModels.put(name, model);
    }
    attentions = newAttentions;
    models = newModels;
    health.setServing(!newModels.isEmpty());
    if (old != null) {
      old.retire();
    }
    if (oldAttentions != null) {
      oldAttentions.stop();
    }
    return old != null;
  }

  private void requireLoaded() {
    if (!loaded) {
      throw new WeftException.Unavailable("STARTING", "the models are being loaded", null);
    }
  }

  void stop(@Observes ShutdownEvent event) throws InterruptedException {
    health.setServing(false);
    for (ServedModel model : models.values()) {
      model.stop();
    }
    attentions.values().forEach(ServedAttentions::stop);
  }

  private int threads() {
    return config.threads().orElse(Runtime.getRuntime().availableProcessors());
  }

  private ServedModel open(ModelFolder folder) throws InterruptedException {
    long start = System.nanoTime();
    ModelManifest manifest = folder.manifest();
    int threads = threads();
    KernelMetrics.register(registry);
    EncoderLanes lanes;
    try {
      lanes = EncoderLanes.open(folder, config, threads);
    } catch (IllegalStateException e) {
      throw new IllegalStateException("model %s: %s".formatted(manifest.name(), e.getMessage()), e);
    }
    LOG.infof(
        "model %s is ready after %d ms: %s %s, %d layers, hidden size %d, context %d tokens,"
            + " tasks %s; %d threads, %s, batches of up to %d tokens",
        manifest.name(),
        (System.nanoTime() - start) / 1_000_000,
        manifest.architecture(),
        manifest.dtype(),
        manifest.layers(),
        manifest.hiddenSize(),
        manifest.contextLength(),
        String.join(", ", manifest.tasks()),
        threads,
        lanes.bulk().size() == 1 ? "together" : "each a batch of its own",
        lanes.batchTokens());
    return ServedModel.start(manifest, lanes, config, registry);
  }

  private List<ModelFolder> folders() {
    Path root = config.modelsDir();
    List<ModelFolder> folders =
        config
            .models()
            .map(
                names ->
                    names.stream()
                        .distinct()
                        .map(name -> ModelFolder.open(root.resolve(name)))
                        .toList())
            .orElseGet(
                () -> ModelFolder.findAll(root, manifest -> manifest.family() == Family.ENCODER));
    folders.forEach(ServedModels::checkTasks);
    return folders;
  }

  /** Refuses what no request could be answered with, before the model is opened. */
  private static void checkTasks(ModelFolder folder) {
    ModelManifest manifest = folder.manifest();
    ModelManifest.EncoderSpec encoder = manifest.encoder();
    if (manifest.family() != Family.ENCODER || encoder == null) {
      throw new IllegalArgumentException(
          "%s is no encoder: family %s, tasks %s"
              .formatted(folder.path(), manifest.family(), manifest.tasks()));
    }
    ModelManifest.PoolingSpec pooling = encoder.pooling();
    if (pooling != null) {
      PoolingMode.ofManifest(pooling.mode());
    } else if (manifest.tasks().contains(ModelManifest.TASK_EMBED)) {
      throw new IllegalArgumentException(
          "model %s can embed but its manifest has no pooling".formatted(manifest.name()));
    }
    ClassifyTask.Function.of(encoder, false);
    ScorePairsTask.isSigmoid(encoder.activation());
  }
}
