package io.weft.gateway.models;

import io.weft.gateway.GatewayConfig;
import io.weft.gateway.backend.Backend;
import io.weft.gateway.backend.Backends;
import io.weft.gateway.backend.Backends.State;
import io.weft.gateway.backend.ModelDescription;
import io.weft.runtime.error.WeftException;
import jakarta.inject.Singleton;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/** Finds the model that a request names among those that the workers have loaded. */
@Singleton
public final class ModelCatalog {
  /** The name that stands for a configured or the first model. */
  static final String DEFAULT = "default";

  private static final List<Backend> WORKERS = List.of(Backend.GENERATOR, Backend.ENCODER);

  private final Backends backends;
  private final Optional<String> defaultGenerator;
  private final Optional<String> defaultEmbedder;

  ModelCatalog(Backends backends, GatewayConfig config) {
    this.backends = backends;
    this.defaultGenerator = config.defaultModel();
    this.defaultEmbedder = config.defaultEmbeddingModel();
  }

  /** A model that can generate. */
  public Model generator(String name) {
    return find(name, Backend.GENERATOR, "generate", defaultGenerator);
  }

  /** A model that can embed. */
  public Model embedder(String name) {
    return find(name, Backend.ENCODER, "embed", defaultEmbedder);
  }

  /** An encoder, whatever it can do. */
  public Model encoder(String name) {
    List<ModelDescription> encoders = encoders();
    return named(name, encoders)
        .map(model -> Model.of(model, vocabularyHash(model.name())))
        .orElseThrow(
            () ->
                WeftException.NotFound.model(
                    name, encoders.stream().map(ModelDescription::name).sorted().toList()));
  }

  /**
   * A model with a tokenizer, whatever it can do. Its context is that of the worker that runs it,
   * which may be shorter than its tokenizer knows.
   */
  public Model tokenized(String name) {
    List<ModelDescription> models = backends.state(Backend.TOKENIZER).models();
    String meant =
        name.equals(DEFAULT) && named(name, models).isEmpty() ? generator(name).name() : name;
    if (!isKnown(Backend.TOKENIZER)) {
      throw new WeftException.Unavailable(
          "BACKEND_UNAVAILABLE", "the tokenizer is not reachable", null);
    }
    return named(meant, models)
        .map(model -> Model.of(named(meant, ofWorkers()).orElse(model), model.vocabularyHash()))
        .orElseThrow(
            () ->
                WeftException.NotFound.model(
                    meant, models.stream().map(ModelDescription::name).sorted().toList()));
  }

  /** An encoder that has a task. */
  public Model encoder(String name, String task) {
    return find(name, Backend.ENCODER, task, Optional.empty());
  }

  /** An encoder that gives its attentions. */
  public Model attentive(String name) {
    Model model = encoder(name);
    if (!model.encoder().attentions()) {
      throw new WeftException.Unsupported(
          "MODEL_LACKS_TASK",
          "model '%s' has no graph that gives attentions".formatted(model.name()),
          Map.of("param", "model"));
    }
    return model;
  }

  /** A model that labels texts. */
  public Model classifier(String name) {
    return encoder(name, "classify");
  }

  /**
   * A model that scores pairs of texts: one that was trained for it, or one that embeds both.
   *
   * @throws WeftException.Unsupported when the model can do neither
   */
  public Model scorer(String name) {
    boolean embeds =
        named(name, backends.state(Backend.ENCODER).models())
            .filter(model -> model.tasks().contains("embed"))
            .isPresent();
    Model model = embeds ? embedder(name) : classifier(name);
    if (!embeds && !model.isReranker()) {
      throw new WeftException.Unsupported(
          "MODEL_LACKS_TASK",
          "model '%s' cannot score pairs: that takes one label or embeddings, it has %,d labels"
              .formatted(model.name(), model.labels().size()),
          Map.of("param", "model"));
    }
    return model;
  }

  /**
   * The one encoder that fits, for requests of an API that names no model.
   *
   * @param what what is asked of it, for errors
   * @param fits whether a model can do it
   * @throws WeftException.InvalidRequest when none fits, or several do
   */
  public Model onlyEncoder(String what, Predicate<Model> fits) {
    List<Model> fitting =
        encoders().stream()
            .map(model -> Model.of(model, vocabularyHash(model.name())))
            .filter(fits)
            .toList();
    if (fitting.size() != 1) {
      throw new WeftException.InvalidRequest(
          fitting.isEmpty() ? "NO_MODEL" : "MODEL_REQUIRED",
          fitting.isEmpty()
              ? "no loaded model can %s".formatted(what)
              : "%,d loaded models can %s, so the field model must name one: %s"
                  .formatted(
                      fitting.size(),
                      what,
                      String.join(", ", fitting.stream().map(Model::name).toList())),
          "model");
    }
    return fitting.getFirst();
  }

  /**
   * Every model of every worker, by name.
   *
   * @throws WeftException.Unavailable when no worker has answered yet
   */
  public List<ModelDescription> all() {
    if (WORKERS.stream().noneMatch(this::isKnown)) {
      throw new WeftException.Unavailable(
          "BACKEND_UNAVAILABLE", "neither the generator nor the encoder is reachable", null);
    }
    Map<String, ModelDescription> models = new TreeMap<>();
    for (Backend worker : WORKERS) {
      backends.state(worker).models().forEach(model -> models.putIfAbsent(model.name(), model));
    }
    return List.copyOf(models.values());
  }

  private List<ModelDescription> encoders() {
    if (!isKnown(Backend.ENCODER)) {
      throw new WeftException.Unavailable(
          "BACKEND_UNAVAILABLE", "the encoder is not reachable", null);
    }
    return backends.state(Backend.ENCODER).models();
  }

  private Model find(String name, Backend worker, String task, Optional<String> standIn) {
    List<ModelDescription> candidates =
        backends.state(worker).models().stream()
            .filter(model -> model.tasks().contains(task))
            .sorted(Comparator.comparing(ModelDescription::name))
            .toList();
    if (named(name, candidates).isEmpty() && name.equals(DEFAULT)) {
      String meant =
          standIn
              .or(() -> candidates.stream().map(ModelDescription::name).findFirst())
              .orElse(DEFAULT);
      return describe(meant, worker, task, candidates);
    }
    return describe(name, worker, task, candidates);
  }

  private Model describe(
      String name, Backend worker, String task, List<ModelDescription> candidates) {
    return named(name, candidates)
        .map(model -> Model.of(model, vocabularyHash(model.name())))
        .orElseThrow(() -> missing(name, worker, task, candidates));
  }

  private WeftException missing(
      String name, Backend worker, String task, List<ModelDescription> candidates) {
    if (!isKnown(worker)) {
      return new WeftException.Unavailable(
          "BACKEND_UNAVAILABLE", "the %s is not reachable".formatted(worker), null);
    }
    return named(name, ofWorkers())
        .<WeftException>map(
            model ->
                new WeftException.Unsupported(
                    "MODEL_LACKS_TASK",
                    "model '%s' cannot %s; it can: %s"
                        .formatted(name, task, String.join(", ", model.tasks())),
                    Map.of("param", "model")))
        .orElseGet(
            () ->
                WeftException.NotFound.model(
                    name, candidates.stream().map(ModelDescription::name).toList()));
  }

  private List<ModelDescription> ofWorkers() {
    return WORKERS.stream().flatMap(worker -> backends.state(worker).models().stream()).toList();
  }

  private String vocabularyHash(String name) {
    return named(name, backends.state(Backend.TOKENIZER).models())
        .map(ModelDescription::vocabularyHash)
        .orElse("");
  }

  /** Whether a worker has ever answered; what it said then still stands when it is away. */
  private boolean isKnown(Backend worker) {
    State state = backends.state(worker);
    return state.reachable() || !state.models().isEmpty();
  }

  private static Optional<ModelDescription> named(String name, List<ModelDescription> models) {
    return models.stream().filter(model -> model.name().equals(name)).findFirst();
  }
}
