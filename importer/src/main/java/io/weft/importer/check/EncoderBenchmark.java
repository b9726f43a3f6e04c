package io.weft.importer.check;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.onnx.OnnxSessions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/** Speed and cosine of encoder model folders, for {@code bench/encoder_formats.sh}. */
public final class EncoderBenchmark {
  private static final String STATES = "last_hidden_state";
  private static final List<Integer> BATCHES = List.of(1, 8, 32);
  private static final int ROUNDS = 3;

  private EncoderBenchmark() {}

  /**
   * Prints a table.
   *
   * @param args model folders, the exact one first
   */
  public static void main(String[] args) throws OrtException, IOException {
    if (args.length == 0) {
      System.err.println("model folders are missing, the fp32 one first");
      System.exit(2);
    }
    int threads = number("THREADS", Runtime.getRuntime().availableProcessors());
    long roundNs = number("SECONDS_EACH", 3) * 1_000_000_000L / ROUNDS;
    ModelFolder exact = ModelFolder.open(Path.of(args[0]));
    List<long[]> texts = EncoderCheck.sequences(exact);
    List<float[]> right;
    try (OrtSession session = OnnxSessions.open(exact.graph(), threads)) {
      right = vectors(exact, session, texts, 8);
    }
    System.out.println(
        "| folder | batch | order | embeddings/s | lowest cosine | mean cosine | batch to alone |");
    System.out.println("| --- | --- | --- | --- | --- | --- | --- |");
    for (String arg : args) {
      ModelFolder folder = ModelFolder.open(Path.of(arg));
      try (OrtSession session = OnnxSessions.open(folder.graph(), threads)) {
        List<float[]> alone = vectors(folder, session, texts, 1);
        for (int batch : BATCHES) {
          List<float[]> found = vectors(folder, session, texts, batch);
          double[] cosines = cosines(found, right);
          for (boolean sorted : new boolean[] {false, true}) {
            System.out.printf(
                "| %s | %d | %s | %.0f | %.5f | %.5f | %.5f |%n",
                folder.manifest().name() + " " + folder.manifest().dtype(),
                batch,
                sorted ? "by length" : "as they come",
                speed(session, sorted ? byLength(texts) : texts, batch, roundNs),
                cosines[0],
                cosines[1],
                cosines(found, alone)[0]);
          }
        }
      }
    }
  }

  private static int number(String variable, int otherwise) {
    String value = System.getenv(variable);
    return value == null ? otherwise : Integer.parseInt(value);
  }

  private static List<long[]> byLength(List<long[]> texts) {
    return texts.stream().sorted(Comparator.comparingInt(ids -> ids.length)).toList();
  }

  /** Texts a second, of the fastest round. */
  private static double speed(OrtSession session, List<long[]> texts, int batch, long roundNs)
      throws OrtException {
    double best = 0;
    for (int round = 0; round < ROUNDS; round++) {
      long start = System.nanoTime();
      long done = 0;
      while (System.nanoTime() - start < roundNs) {
        for (List<long[]> part : batches(texts, batch)) {
          new PackedRun(session).runTensors(part).close();
        }
        done += texts.size();
      }
      best = Math.max(best, done * 1e9 / (System.nanoTime() - start));
    }
    return best;
  }

  private static List<List<long[]>> batches(List<long[]> texts, int size) {
    List<List<long[]>> batches = new ArrayList<>();
    for (int from = 0; from < texts.size(); from += size) {
      batches.add(texts.subList(from, Math.min(texts.size(), from + size)));
    }
    return batches;
  }

  private static List<float[]> vectors(
      ModelFolder folder, OrtSession session, List<long[]> texts, int batch) throws OrtException {
    List<float[]> vectors = new ArrayList<>();
    for (List<long[]> part : batches(texts, batch)) {
      float[] states = new PackedRun(session).run(part, Set.of(STATES)).get(STATES);
      int token = 0;
      for (long[] ids : part) {
        vectors.add(Vectors.pooled(folder.manifest(), states, token, ids.length));
        token += ids.length;
      }
    }
    return vectors;
  }

  private static double[] cosines(List<float[]> found, List<float[]> right) {
    double lowest = 1;
    double sum = 0;
    for (int i = 0; i < found.size(); i++) {
      double cosine = Vectors.cosine(found.get(i), right.get(i));
      lowest = Math.min(lowest, cosine);
      sum += cosine;
    }
    return new double[] {lowest, sum / found.size()};
  }
}
