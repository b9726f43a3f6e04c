package io.weft.gateway.backend;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.weft.gateway.GatewayConfig;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What is known of each backend now. One thread a backend asks each of its replicas for its models
 * again and again, which also opens the channel before the first request needs it and notices what
 * went or came back. Requests only read; the replicas themselves are told too, so that no call goes
 * to one that is silent while another answers.
 */
@Singleton
public final class Backends {
  private final Map<Backend, Watch> watches = new EnumMap<>(Backend.class);

  Backends(
      TokenizerClient tokenizer,
      EncoderClient encoder,
      GeneratorClient generator,
      GatewayConfig config) {
    watches.put(Backend.TOKENIZER, new Watch(Backend.TOKENIZER, tokenizer, config));
    watches.put(Backend.ENCODER, new Watch(Backend.ENCODER, encoder, config));
    watches.put(Backend.GENERATOR, new Watch(Backend.GENERATOR, generator, config));
  }

  /**
   * What was last heard of a backend.
   *
   * @param reachable whether any of its replicas answered the last question
   * @param models what they had loaded when they last answered, by name; kept while all are away
   * @param problem why it is not reachable; empty while it is
   * @param serving how many of its replicas answered
   * @param known how many there are
   */
  public record State(
      boolean reachable, List<ModelDescription> models, String problem, int serving, int known) {
    /** Before the first answer. */
    public static final State NOT_ASKED = new State(false, List.of(), "not asked yet", 0, 0);

    public State {
      models = List.copyOf(models);
    }

    /** Whether the first answer, or its absence, is known. */
    public boolean isKnown() {
      return !equals(NOT_ASKED);
    }

    /** Whether it takes requests: there, with a model. */
    public boolean canServe() {
      return reachable && !models.isEmpty();
    }
  }

  /** What was last heard of a backend. */
  public State state(Backend backend) {
    Watch watch = watches.get(backend);
    if (watch == null) {
      throw new IllegalArgumentException("no such backend: " + backend);
    }
    return watch.state();
  }

  void onStart(@Observes StartupEvent event) {
    watches.values().forEach(Watch::start);
  }

  void onStop(@Observes ShutdownEvent event) {
    watches.values().forEach(Watch::stop);
  }
}
