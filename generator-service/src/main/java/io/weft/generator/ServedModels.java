package io.weft.generator;

import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.trace.Tracer;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.weft.generator.text.Vocabulary;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.OpenCalls;
import io.weft.runtime.health.GrpcHealthStatus;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.ModelManifest;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jboss.logging.Logger;

/**
 * The models of this process. At start each is opened and warmed; it answers once its vocabulary
 * has come from the tokenizer service, which may start later. At the end each finishes what runs.
 */
@ApplicationScoped
class ServedModels {
  private static final Logger LOG = Logger.getLogger(ServedModels.class);

  private final GeneratorConfig config;
  private final VocabularyClient vocabularies;
  private final MeterRegistry registry;
  private final Tracer tracer;
  private final GrpcHealthStatus health;
  private final OpenCalls calls;

  private final Map<String, LoadingModel> loading = new TreeMap<>();
  private final Map<String, ServedModel> serving = new TreeMap<>();
  private final List<Thread> waiting = new ArrayList<>();
  private boolean opened;
  private boolean stopping;

  ServedModels(
      GeneratorConfig config,
      VocabularyClient vocabularies,
      MeterRegistry registry,
      Tracer tracer,
      GrpcHealthStatus health,
      OpenCalls calls) {
    this.config = config;
    this.vocabularies = vocabularies;
    this.registry = registry;
    this.tracer = tracer;
    this.health = health;
    this.calls = calls;
  }

  /**
   * The model of that name.
   *
   * @throws WeftException.NotFound when there is none
   * @throws WeftException.Unavailable while it is being loaded
   */
  synchronized ServedModel get(String name) {
    ServedModel model = serving.get(name);
    if (model != null) {
      return model;
    }
    if (!opened || loading.containsKey(name)) {
      throw new WeftException.Unavailable("STARTING", "the model is being loaded", null);
    }
    throw WeftException.NotFound.model(name, serving.keySet());
  }

  /** All models that answer, by name. */
  synchronized List<ServedModel> all() {
    return List.copyOf(serving.values());
  }

  /** Why the service is not ready; empty when it is. */
  synchronized List<String> reasonsNotReady() {
    if (stopping) {
      return List.of("stopping");
    }
    if (!opened) {
      return List.of("the models are being loaded");
    }
    if (serving.isEmpty() && loading.isEmpty()) {
      return List.of("no model that generates in " + config.modelsDir().toAbsolutePath());
    }
    List<String> reasons = new ArrayList<>();
    loading.forEach((name, model) -> reasons.add(name + ": " + model.missing()));
    reasons.addAll(faults());
    return reasons;
  }

  /** What is wrong with engines that do not come back by themselves; empty when all is well. */
  synchronized List<String> faults() {
    if (stopping) {
      return List.of();
    }
    List<String> faults = new ArrayList<>();
    serving.forEach((name, model) -> model.fault().ifPresent(f -> faults.add(name + ": " + f)));
    return faults;
  }

  void load(@Observes StartupEvent event) {
    health.setServing(false);
    List<LoadingModel> models;
    try {
      GeneratorConfig.validate(config);
      models = open();
    } catch (IllegalArgumentException | IllegalStateException e) {
      LOG.debug("cannot start", e);
      // Quarkus prints the message of this exception, and only that, as the last line.
      throw new ConfigurationException("weft-generator cannot start: " + e.getMessage());
    }
    if (models.isEmpty()) {
      LOG.warnf(
          "no model that generates in %s: not ready until the service is started with one",
          config.modelsDir().toAbsolutePath());
    }
    synchronized (this) {
      models.forEach(model -> loading.put(model.manifest().name(), model));
      opened = true;
      for (LoadingModel model : models) {
        waiting.add(
            Thread.ofPlatform()
                .daemon()
                .name("serve-" + model.manifest().name())
                .start(() -> serve(model)));
      }
    }
  }

  /**
   * Comes before Quarkus closes its servers, so that health checks and new callers are told; it
   * waits for this, and sends it where {@code quarkus.shutdown.delay-enabled} is set.
   */
  void drain(@Observes ShutdownDelayInitiatedEvent event) throws InterruptedException {
    stop();
  }

  /** The end, also that of a start that failed. */
  void stop(@Observes ShutdownEvent event) throws InterruptedException {
    stop();
  }

  private void stop() throws InterruptedException {
    health.setServing(false);
    calls.refuse();
    List<ServedModel> models;
    synchronized (this) {
      stopping = true;
      waiting.forEach(Thread::interrupt);
      models = all();
      loading.values().forEach(LoadingModel::close);
      loading.clear();
    }
    models.forEach(ServedModel::close);
    long end = System.nanoTime() + config.shutdownGrace().toNanos();
    for (ServedModel model : models) {
      model.stop(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
    }
    calls.drain(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
  }

  private List<LoadingModel> open() {
    List<LoadingModel> models = new ArrayList<>();
    MemoryBudget memory = MemoryBudget.ofThisProcess();
    try {
      for (ModelFolder folder : folders()) {
        models.add(LoadingModel.open(folder, config, memory));
      }
    } catch (RuntimeException e) {
      models.forEach(LoadingModel::close);
      throw e;
    }
    return models;
  }

  private List<ModelFolder> folders() {
    Path root = config.modelsDir();
    return config
        .models()
        .map(names -> names.stream().map(name -> ModelFolder.open(root.resolve(name))).toList())
        .orElseGet(() -> ModelFolder.findAll(root, ModelManifest.TASK_GENERATE));
  }

  private void serve(LoadingModel model) {
    Vocabulary vocabulary;
    try {
      vocabulary = model.awaitVocabulary(vocabularies, config);
    } catch (InterruptedException e) {
      // The service stops, and has closed the model.
      return;
    }
    String name = model.manifest().name();
    synchronized (this) {
      if (stopping) {
        return;
      }
      loading.remove(name);
      serving.put(
          name,
          ServedModel.start(
              model.manifest(), model.runner(), vocabulary, config, registry, tracer));
      health.setServing(loading.isEmpty());
    }
    LOG.infof("model %s is ready: vocabulary of %d tokens", name, vocabulary.size());
  }
}
