import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Makes requests by a plan, and returns when all are answered. */
final class Load {
  private final Call call;

  /** So that no run repeats another's prompts. */
  private long seed = System.nanoTime();

  Load(Call call) {
    this.call = call;
  }

  /** So many callers, each with one request after the other, until all requests are made. */
  List<Call.Result> closed(int callers, int requests) {
    long first = seed;
    seed += requests;
    AtomicInteger next = new AtomicInteger();
    List<Future<List<Call.Result>>> running = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < callers; i++) {
        running.add(
            threads.submit(
                () -> {
                  List<Call.Result> results = new ArrayList<>();
                  for (int k = next.getAndIncrement(); k < requests; k = next.getAndIncrement()) {
                    results.add(call.run(first + k, System.nanoTime()));
                  }
                  return results;
                }));
      }
    }
    return running.stream().flatMap(each -> each.resultNow().stream()).toList();
  }

  /**
   * Request i is due i / rate seconds after the start, whatever became of those before it, and its
   * times count from then: a server that is late cannot slow down its own measurement (coordinated
   * omission).
   */
  List<Call.Result> open(double rate, int seconds) {
    int requests = (int) Math.max(1, Math.round(rate * seconds));
    long first = seed;
    seed += requests;
    long start = System.nanoTime();
    List<Future<Call.Result>> running = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < requests; i++) {
        long due = start + Math.round(i * 1e9 / rate);
        long number = first + i;
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        running.add(threads.submit(() -> call.run(number, due)));
      }
    }
    return running.stream().map(Future::resultNow).toList();
  }
}
