package io.weft.encoder.model;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Finds by trial how a model runs fastest on this machine: how large a batch has to be, and whether
 * the processors work on one batch together or each on a batch of its own. Takes {@link #LIMIT_NS}
 * and one run more at most; what could not be tried in that time is not chosen.
 */
public final class Calibration {
  /** Budgets that are tried, in places, the smallest first. */
  public static final List<Integer> BUDGETS = List.of(64, 128, 256, 512);

  /** Which rules choose, so that an answer kept from before they changed is not used. */
  public static final int RULES = 2;

  /** Time for all trials. */
  static final long LIMIT_NS = 3_000_000_000L;

  private static final long TRIAL_NS = 60_000_000;
  private static final int ROUNDS = 3;
  private static final int ROW = 32;

  /** What a larger batch gains must be worth something: smaller ones leave queries waiting less. */
  private static final double WORTH_IT = 1.1;

  /**
   * What batches together must gain. Their threads wait for one another after each operator, so
   * that whatever else takes a processor holds up all; a trial shows little of that.
   */
  private static final double WORTH_WAITING = 1.3;

  private final SequenceLimits limits;
  private final LongSupplier nanoClock;
  private final long startNs;

  private Calibration(SequenceLimits limits, LongSupplier nanoClock) {
    this.limits = limits;
    this.nanoClock = nanoClock;
    this.startNs = nanoClock.getAsLong();
  }

  /**
   * How to run a model.
   *
   * @param batchTokens budget of a batch in places
   * @param apart whether each processor runs batches of its own
   */
  public record Choice(int batchTokens, boolean apart) {}

  /**
   * Tries both ways. The encoders are warm, and used by nobody else meanwhile.
   *
   * @param apart encoders that use one thread each; empty when there is nothing to choose
   * @param joint an encoder that uses all threads
   * @param budgets at least one, the smallest first
   * @param nanoClock as {@link System#nanoTime()}
   */
  public static Choice choose(
      List<? extends Encoder> apart,
      Encoder joint,
      SequenceLimits limits,
      List<Integer> budgets,
      LongSupplier nanoClock)
      throws InterruptedException {
    Calibration calibration = new Calibration(limits, nanoClock);
    double[][] together = new double[budgets.size()][ROUNDS];
    double[][] each = new double[budgets.size()][ROUNDS];
    try (ExecutorService threads = Executors.newFixedThreadPool(Math.max(1, apart.size()))) {
      for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < together.length; i++) {
          if (round + i == 0 || calibration.hasTime()) {
            together[i][round] = calibration.rate(threads, List.of(joint), budgets.get(i));
          }
          if (!apart.isEmpty() && calibration.hasTime()) {
            each[i][round] = calibration.rate(threads, apart, budgets.get(i));
          }
        }
      }
    }
    double[] joints = medians(together);
    double[] aparts = medians(each);
    int bestJoint = smallestOfTheFastest(joints);
    int bestApart = smallestOfTheFastest(aparts);
    return joints[bestJoint] > WORTH_WAITING * aparts[bestApart]
        ? new Choice(budgets.get(bestJoint), false)
        : new Choice(budgets.get(bestApart), true);
  }

  private boolean hasTime() {
    return nanoClock.getAsLong() - startNs < LIMIT_NS;
  }

  /** Tokens a second of {@code encoders} side by side. */
  private double rate(ExecutorService threads, List<? extends Encoder> encoders, int budget)
      throws InterruptedException {
    List<TokenSequence> batch = batch(budget);
    List<Callable<Double>> trials =
        encoders.stream().<Callable<Double>>map(encoder -> () -> rate(encoder, batch)).toList();
    double rate = 0;
    try {
      for (Future<Double> trial : threads.invokeAll(trials)) {
        rate += trial.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("a trial run failed: " + e.getCause(), e.getCause());
    }
    return rate;
  }

  /** Tokens a second of whole runs, by the encoder's own time: lanes do not end together. */
  private double rate(Encoder encoder, List<TokenSequence> batch) {
    int tokens = batch.stream().mapToInt(TokenSequence::length).sum();
    long start = nanoClock.getAsLong();
    long done = 0;
    long elapsed;
    do {
      encoder.run(batch);
      done += tokens;
      elapsed = Math.max(1, nanoClock.getAsLong() - start);
    } while (elapsed < TRIAL_NS);
    return done * 1e9 / elapsed;
  }

  /** By budget; a single trial may meet a moment in which the machine is fast or slow. */
  private static double[] medians(double[][] rates) {
    return Arrays.stream(rates)
        .mapToDouble(
            trials -> {
              double[] made = Arrays.stream(trials).filter(rate -> rate > 0).sorted().toArray();
              return made.length == 0 ? 0 : made[made.length / 2];
            })
        .toArray();
  }

  private static int smallestOfTheFastest(double[] rates) {
    double best = 0;
    for (double rate : rates) {
      best = Math.max(best, rate);
    }
    int smallest = 0;
    while (rates[smallest] * WORTH_IT < best) {
      smallest++;
    }
    return smallest;
  }

  private List<TokenSequence> batch(int budget) {
    int length = Math.min(Math.min(ROW, budget), limits.contextLength());
    TokenSequence row =
        TokenSequence.of(
            IntStream.range(0, length).map(i -> i * 7_919 % limits.vocabularySize()).toArray());
    return Stream.generate(() -> row).limit(Math.max(1, budget / length)).toList();
  }
}
