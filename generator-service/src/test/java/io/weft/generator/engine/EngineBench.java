package io.weft.generator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtSession;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.weft.generator.text.Vocabularies;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.onnx.Device;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * The engine with a real model and nothing around it: {@code bench/engine.sh} runs it. Keeps some
 * streams busy with prompts of random tokens, and prints tokens per second, and where the engine's
 * thread spends its time by samples of its stack.
 */
class EngineBench {
  private static final Path MODEL = Path.of(System.getProperty("weft.engine.model", ""));
  private static final int STREAMS = Integer.getInteger("weft.engine.streams", 16);
  private static final int REQUESTS = Integer.getInteger("weft.engine.requests", 48);
  private static final int ROUNDS = Integer.getInteger("weft.engine.rounds", 5);
  private static final int PROMPT_TOKENS = 130;

  /** Tokens that all prompts begin with, as those of a chat template do. */
  private static final int SHARED = 32;

  private static final int TOKENS = 64;

  /** As the service has it by default. */
  private static final int CHUNK = 128;

  private final Random random = new Random();
  private final AtomicInteger answered = new AtomicInteger();

  @Test
  void decodesWithNothingAround() throws Exception {
    int threads = Runtime.getRuntime().availableProcessors();
    OnnxModelRunner runner =
        OnnxModelRunner.open(
            ModelFolder.open(MODEL),
            new OnnxModelRunner.Options(
                threads, 16, 2_048, CHUNK, Long.MAX_VALUE, 256L << 20, Device.CPU));
    int vocabulary = runner.vocabularySize();
    Engine engine =
        Engine.start(
            runner,
            new Engine.Parts(
                "bench",
                Vocabularies.letters(vocabulary),
                CHUNK,
                Speculation.Options.off(),
                new EngineMetrics(new SimpleMeterRegistry(), "bench"),
                OpenTelemetry.noop().getTracer("bench"),
                System::nanoTime));
    round(engine, vocabulary);
    double[] rates = new double[ROUNDS];
    Samples samples = new Samples("generator-bench");
    for (int i = 0; i < ROUNDS; i++) {
      rates[i] = round(engine, vocabulary);
    }
    samples.stop();
    engine.stop(Duration.ofSeconds(10));
    assertThat(answered).as("tokens").hasValue((1 + ROUNDS) * REQUESTS * TOKENS);
    Arrays.sort(rates);
    System.out.printf(
        "%d streams in-process: %.1f tokens/s (median of %d rounds, %.1f to %.1f)%n",
        STREAMS, median(rates), ROUNDS, rates[0], rates[ROUNDS - 1]);
    samples.show();
  }

  /** The middle one, or of an even number the mean of the middle two. */
  private static double median(double[] sorted) {
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }

  /** Answers some requests; returns tokens per second, the time of prompts included. */
  private double round(Engine engine, int vocabulary) {
    AtomicInteger left = new AtomicInteger(REQUESTS);
    Phaser ended = new Phaser(1 + REQUESTS);
    long begun = System.nanoTime();
    for (int i = 0; i < STREAMS; i++) {
      next(engine, vocabulary, left, ended);
    }
    ended.arriveAndAwaitAdvance();
    return REQUESTS * TOKENS / ((System.nanoTime() - begun) / 1e9);
  }

  private void next(Engine engine, int vocabulary, AtomicInteger left, Phaser ended) {
    if (left.getAndDecrement() <= 0) {
      return;
    }
    int[] prompt = random.ints(PROMPT_TOKENS, 0, vocabulary).toArray();
    Arrays.fill(prompt, 0, SHARED, 1);
    engine.submit(
        Requests.greedy(TOKENS, prompt),
        Generation.NO_DEADLINE,
        new EventSink() {
          @Override
          public void emit(GenerationEvent event) {
            if (event instanceof GenerationEvent.Delta delta) {
              answered.addAndGet(delta.ids().size());
            }
          }

          @Override
          public void complete() {
            next(engine, vocabulary, left, ended);
            ended.arrive();
          }

          @Override
          public void fail(WeftException failure) {
            complete();
          }
        });
  }

  /** What a thread is found at, about once a millisecond while it has something to do. */
  private static final class Samples {
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final Map<String, Integer> counts = new TreeMap<>();
    private final Thread sampler;

    private Samples(String thread) {
      Thread watched =
          Thread.getAllStackTraces().keySet().stream()
              .filter(candidate -> candidate.getName().equals(thread))
              .findFirst()
              .orElseThrow();
      sampler = Thread.ofPlatform().start(() -> run(watched));
    }

    private void run(Thread watched) {
      try {
        while (!stopped.get()) {
          counts.merge(place(watched.getStackTrace()), 1, Integer::sum);
          Thread.sleep(1);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    /** The model's runtime, or the method of the engine that was the innermost. */
    private static String place(StackTraceElement[] stack) {
      for (StackTraceElement frame : stack) {
        if (frame.getClassName().equals(OrtSession.class.getName())) {
          return "ONNX Runtime";
        }
        if (frame.getClassName().equals(Inbox.class.getName())) {
          return "idle";
        }
        if (frame.getClassName().startsWith("io.weft")) {
          String name = frame.getClassName();
          return name.substring(name.lastIndexOf('.') + 1) + "." + frame.getMethodName();
        }
      }
      return "idle";
    }

    private void stop() throws InterruptedException {
      stopped.set(true);
      sampler.join();
      counts.remove("idle");
    }

    private void show() {
      double all = counts.values().stream().mapToInt(Integer::intValue).sum();
      System.out.printf("the engine's thread, of %,.0f samples:%n", all);
      counts.entrySet().stream()
          .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
          .limit(12)
          .forEach(
              place ->
                  System.out.printf(
                      "  %5.1f %%  %s%n", 100 * place.getValue() / all, place.getKey()));
    }
  }
}
