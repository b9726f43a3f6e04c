package io.weft.gateway.backend;

import io.weft.gateway.GatewayConfig;
import io.weft.gateway.replica.Replica;
import io.weft.gateway.replica.Route;
import io.weft.runtime.error.WeftException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Watches one backend on a thread of its own, the only writer of its state. In a round all replicas
 * are asked at once; a round takes as long as the slowest answer, at most the time limit.
 */
final class Watch {
  private static final Logger LOG = Logger.getLogger(Watch.class);

  /** So many late answers in a row make a replica lost: one alone is a busy machine. */
  private static final int LATE_ANSWERS = 3;

  private final Backend backend;
  private final ModelSource source;
  private final Duration interval;
  private final Duration limit;
  private final Thread thread;
  private volatile Backends.State state = Backends.State.NOT_ASKED;

  /** Answers in a row that did not come in time, of replicas that have such; this thread's. */
  private final Map<Replica, Integer> late = new HashMap<>();

  /** What each replica last said it has loaded; this thread's. */
  private final Map<Replica, List<ModelDescription>> loaded = new HashMap<>();

  Watch(Backend backend, ModelSource source, GatewayConfig config) {
    this.backend = backend;
    this.source = source;
    this.interval = config.pollInterval();
    this.limit = config.pollTimeout();
    this.thread = Thread.ofPlatform().daemon().name("watch-" + backend).unstarted(this::run);
  }

  Backends.State state() {
    return state;
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
        if (!round()) {
          Thread.sleep(interval);
        }
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns whether the next round should begin at once. */
  private boolean round() throws InterruptedException {
    List<Replica> connected = source.replicas().connected();
    List<Replica> known = source.replicas().all();
    late.keySet().retainAll(connected);
    loaded.keySet().retainAll(connected);
    if (connected.isEmpty()) {
      Untraced.run(this::knock);
      return !source.replicas().connected().isEmpty();
    }
    List<Replica> answering = ask(connected);
    if (connected.size() < known.size()) {
      source.reconnect();
    }
    if (!answering.isEmpty()) {
      found(answering, known.size());
    }
    return false;
  }

  /**
   * Asks whichever replica there is: opens the channel, and learns from gRPC why there is none. One
   * that answers is asked by name in the next round, at once.
   */
  private void knock() {
    try {
      source.listModels(limit, Route.leastWork("", 1));
    } catch (WeftException e) {
      lost(e);
    } catch (RuntimeException e) {
      fault(e);
    }
  }

  /** Returns the replicas that count as there. */
  private List<Replica> ask(List<Replica> replicas) throws InterruptedException {
    List<Replica> answering = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Map<Replica, Future<List<ModelDescription>>> answers = new HashMap<>();
      for (Replica replica : replicas) {
        answers.put(replica, threads.submit(() -> Untraced.call(() -> ask(replica))));
      }
      for (Map.Entry<Replica, Future<List<ModelDescription>>> answer : answers.entrySet()) {
        if (isThere(answer.getKey(), answer.getValue())) {
          answering.add(answer.getKey());
        }
      }
    }
    return answering;
  }

  private List<ModelDescription> ask(Replica replica) {
    Route route = Route.only(replica);
    List<ModelDescription> models = source.listModels(limit, route);
    var names = models.stream().map(ModelDescription::name).collect(Collectors.toSet());
    source
        .work(limit, route, models)
        .ifPresentOrElse(held -> replica.answered(names, held), () -> replica.answered(names));
    return models;
  }

  private boolean isThere(Replica replica, Future<List<ModelDescription>> answer)
      throws InterruptedException {
    try {
      loaded.put(replica, answer.get());
      late.remove(replica);
      return true;
    } catch (ExecutionException e) {
      replica.silent();
      if (e.getCause() instanceof WeftException.DeadlineExceeded tooLate) {
        boolean there = loaded.containsKey(replica);
        if (there && late.merge(replica, 1, Integer::sum) < LATE_ANSWERS) {
          return true;
        }
        lost(replica, tooLate);
      } else if (e.getCause() instanceof WeftException failure) {
        lost(replica, failure);
      } else {
        Throwable cause = e.getCause();
        fault(cause == null ? e : cause);
      }
      loaded.remove(replica);
      return false;
    }
  }

  private void found(List<Replica> answering, int known) {
    Backends.State before = state;
    Map<String, ModelDescription> models = new TreeMap<>();
    for (Replica replica : answering) {
      loaded.getOrDefault(replica, List.of()).forEach(m -> models.putIfAbsent(m.name(), m));
    }
    Backends.State now =
        new Backends.State(
            true,
            List.copyOf(models.values()),
            "",
            answering.size(),
            Math.max(known, answering.size()));
    state = now;
    if (!before.reachable()) {
      LOG.infof("%s reachable, models: %s", backend, names(now.models()));
    } else if (!before.models().equals(now.models())) {
      LOG.infof("%s now has models: %s", backend, names(now.models()));
    }
    if (now.known() > 1 && (before.serving() != now.serving() || before.known() != now.known())) {
      LOG.infof("%s: %d of %d replicas answer", backend, now.serving(), now.known());
    }
  }

  /** One replica is lost; the backend is when no other is there. */
  private void lost(Replica replica, WeftException failure) {
    if (loaded.containsKey(replica) && source.replicas().all().size() > 1) {
      LOG.warnf("%s at %s lost: %s", backend, replica, failure.getMessage());
    }
    late.remove(replica);
    boolean others =
        loaded.keySet().stream().anyMatch(other -> !other.equals(replica) && other.isConnected());
    if (!others) {
      lost(failure);
    }
  }

  private void lost(WeftException failure) {
    if (Thread.currentThread().isInterrupted()) {
      return;
    }
    Backends.State before = state;
    String problem = String.valueOf(failure.getMessage());
    String detail = failure instanceof WeftException.DeadlineExceeded ? "" : detail(failure);
    state = new Backends.State(false, before.models(), problem, 0, source.replicas().all().size());
    source.reconnect();
    if (before.reachable()) {
      LOG.warnf("%s lost: %s%s", backend, problem, detail);
    } else if (!before.problem().equals(problem)) {
      LOG.infof("%s%s; asking again every %s ms", problem, detail, interval.toMillis());
    }
  }

  private void fault(Throwable failure) {
    LOG.error("asking the " + backend + " failed", failure);
    lost(new WeftException.Internal(failure.getClass().getSimpleName(), failure));
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
