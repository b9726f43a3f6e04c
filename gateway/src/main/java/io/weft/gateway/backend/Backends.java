package io.weft.gateway.backend;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.weft.gateway.GatewayConfig;
import io.weft.runtime.error.WeftException;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * What is known of each backend now. One thread a backend asks for its models again and again,
 * which also opens the channel before the first request needs it and notices a backend that went or
 * came back. Requests only read.
 */
@Singleton
public final class Backends {
  private static final Logger LOG = Logger.getLogger(Backends.class);

  /** So many late answers in a row make a backend lost: one alone is a busy machine. */
  private static final int LATE_ANSWERS = 3;

  private final Map<Backend, Watch> watches = new EnumMap<>(Backend.class);
  private final Duration interval;
  private final Duration limit;

  Backends(
      TokenizerClient tokenizer,
      EncoderClient encoder,
      GeneratorClient generator,
      GatewayConfig config) {
    interval = config.pollInterval();
    limit = config.pollTimeout();
    watches.put(Backend.TOKENIZER, new Watch(Backend.TOKENIZER, tokenizer));
    watches.put(Backend.ENCODER, new Watch(Backend.ENCODER, encoder));
    watches.put(Backend.GENERATOR, new Watch(Backend.GENERATOR, generator));
  }

  /**
   * What was last heard of a backend.
   *
   * @param reachable whether it answered the last question
   * @param models what it had loaded when it last answered; kept while it is away
   * @param problem why it is not reachable; empty while it is
   */
  public record State(boolean reachable, List<ModelDescription> models, String problem) {
    public State {
      models = List.copyOf(models);
    }
  }

  /** What was last heard of a backend. */
  public State state(Backend backend) {
    Watch watch = watches.get(backend);
    if (watch == null) {
      throw new IllegalArgumentException("no such backend: " + backend);
    }
    return watch.state;
  }

  void onStart(@Observes StartupEvent event) {
    watches.values().forEach(Watch::start);
  }

  void onStop(@Observes ShutdownEvent event) {
    watches.values().forEach(Watch::stop);
  }

  /** Watches one backend on a thread of its own, the only writer of the state. */
  private final class Watch {
    private final Backend backend;
    private final ModelSource source;
    private final Thread thread;
    private volatile State state = new State(false, List.of(), "not asked yet");

    /** Answers in a row that did not come in time. */
    private int late;

    Watch(Backend backend, ModelSource source) {
      this.backend = backend;
      this.source = source;
      this.thread = Thread.ofVirtual().name("watch-" + backend).unstarted(this::run);
    }

    void start() {
      thread.start();
    }

    void stop() {
      thread.interrupt();
    }

    private void run() {
      try {
        while (!Thread.currentThread().isInterrupted()) {
          Untraced.run(this::ask);
          Thread.sleep(interval);
        }
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
      }
    }

    private void ask() {
      State before = state;
      try {
        state = new State(true, source.listModels(limit), "");
        late = 0;
        if (!before.reachable()) {
          LOG.infof("%s reachable, models: %s", backend, names(state.models()));
        } else if (!before.models().equals(state.models())) {
          LOG.infof("%s now has models: %s", backend, names(state.models()));
        }
      } catch (WeftException.DeadlineExceeded e) {
        late++;
        if (!before.reachable() || late >= LATE_ANSWERS) {
          lost(before, String.valueOf(e.getMessage()), "");
        }
      } catch (WeftException e) {
        lost(before, String.valueOf(e.getMessage()), detail(e));
      } catch (RuntimeException e) {
        LOG.error("asking the " + backend + " failed", e);
        lost(before, e.getClass().getSimpleName(), "");
      }
    }

    private void lost(State before, String problem, String detail) {
      if (Thread.currentThread().isInterrupted()) {
        return;
      }
      state = new State(false, before.models(), problem);
      source.reconnect();
      if (before.reachable()) {
        LOG.warnf("%s lost: %s%s", backend, problem, detail);
      } else if (!before.problem().equals(problem)) {
        LOG.infof("%s%s; asking again every %s ms", problem, detail, interval.toMillis());
      }
    }

    /** The address that did not answer, which is for the log and not for clients. */
    private static String detail(WeftException e) {
      Throwable status = e.getCause();
      Throwable network = status == null ? null : status.getCause();
      return network == null ? "" : " (%s)".formatted(network.getMessage());
    }

    private static String names(List<ModelDescription> models) {
      return models.isEmpty()
          ? "none"
          : models.stream().map(ModelDescription::name).collect(Collectors.joining(", "));
    }
  }
}
