package io.weft.runtime.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.file.Path;

/** Opens ONNX Runtime sessions the way all services want them. */
public final class OnnxSessions {
  private OnnxSessions() {}

  /** The process's only environment; it is never closed. */
  public static OrtEnvironment environment() {
    return LastingEnvironment.INSTANCE;
  }

  /**
   * Opens a graph on the CPU; weights in external data files stay memory-mapped. The caller owns
   * the session and closes it.
   *
   * @param graph the {@code .onnx} file
   * @param threads threads that one run may use, at least 1
   * @throws IllegalArgumentException when ONNX Runtime refuses the graph
   */
  public static OrtSession open(Path graph, int threads) {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      // Runs differ in shape: a memory plan for each shape ever seen gains no time and is never
      // freed.
      options.setMemoryPatternOptimization(false);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
      return environment().createSession(graph.toString(), options);
    } catch (OrtException e) {
      throw new IllegalArgumentException("cannot open " + graph + ": " + e.getMessage(), e);
    }
  }
}
