package io.weft.runtime.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import java.nio.file.Path;

/** Opens ONNX Runtime sessions the way all services want them. */
public final class OnnxSessions {
  private OnnxSessions() {}

  /** The process's only environment. */
  public static OrtEnvironment environment() {
    return OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING, "weft");
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
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
      return environment().createSession(graph.toString(), options);
    } catch (OrtException e) {
      throw new IllegalArgumentException("cannot open " + graph + ": " + e.getMessage(), e);
    }
  }
}
