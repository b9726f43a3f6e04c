package io.weft.runtime.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.google.protobuf.CodedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/** Opens ONNX Runtime sessions the way all services want them. */
public final class OnnxSessions {
  private static final System.Logger LOG = System.getLogger(OnnxSessions.class.getName());

  /** Graphs that the importer writes have no weights in them; the largest has a few megabytes. */
  private static final int MAX_GRAPH_BYTES = 64 << 20;

  private OnnxSessions() {}

  /** The process's only environment; it is never closed. */
  public static OrtEnvironment environment() {
    return LastingEnvironment.INSTANCE;
  }

  /**
   * Opens a graph on the CPU; weights in external data files stay memory-mapped. Each kernel with
   * quantised weights is proven on this machine first, and replaced where it is wrong. The caller
   * owns the session and closes it.
   *
   * @param graph the {@code .onnx} file
   * @param threads threads that one run may use, at least 1
   * @throws IllegalArgumentException when ONNX Runtime refuses the graph, or a kernel is wrong and
   *     so are its replacements
   */
  public static OrtSession open(Path graph, int threads) {
    return open(graph, threads, KernelProofs.INSTANCE);
  }

  /**
   * Opens a graph on a device. What kernels of the CPU compute is proven only where they run.
   *
   * @param graph the {@code .onnx} file
   * @param threads threads that one run may use on the CPU, at least 1
   * @throws IllegalArgumentException when there is no such device, or as the other says
   */
  public static OrtSession open(Path graph, int threads, Device device) {
    if (device.isCpu()) {
      return open(graph, threads);
    }
    try (OrtSession.SessionOptions options = options(threads)) {
      device.addTo(options);
      return environment().createSession(graph.toString(), options);
    } catch (OrtException e) {
      throw new IllegalArgumentException(
          "cannot open %s on %s (%s): %s"
              .formatted(graph, device, device.setting(), e.getMessage()),
          e);
    }
  }

  static OrtSession open(Path graph, int threads, KernelProofs proofs) {
    try (OrtSession.SessionOptions options = options(threads)) {
      if (Files.size(graph) > MAX_GRAPH_BYTES) {
        LOG.log(
            System.Logger.Level.WARNING,
            "{0} is larger than {1} bytes, so its kernels are not checked on this machine",
            graph,
            MAX_GRAPH_BYTES);
        return environment().createSession(graph.toString(), options);
      }
      ModelProto model = read(graph);
      Map<QuantizedKernel, Remedy> wrong = proofs.prove(model.getGraph());
      if (wrong.isEmpty()) {
        return environment().createSession(graph.toString(), options);
      }
      ModelProto patched =
          model.toBuilder()
              .setGraph(
                  GraphPatch.apply(
                      model.getGraph(), kernel -> wrong.getOrDefault(kernel, Remedy.NONE)))
              .build();
      GraphPatch.foldConstants(options);
      Path folder = Objects.requireNonNull(graph.toAbsolutePath().getParent());
      options.addConfigEntry(
          "session.model_external_initializers_file_folder_path", folder.toString());
      return environment().createSession(patched.toByteArray(), options);
    } catch (OrtException | IOException e) {
      throw new IllegalArgumentException("cannot open " + graph + ": " + e.getMessage(), e);
    }
  }

  /** How every session is set up. */
  static OrtSession.SessionOptions options(int threads) throws OrtException {
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(threads);
    options.setInterOpNumThreads(1);
    // Runs differ in shape: a memory plan for each shape ever seen gains no time and is never
    // freed.
    options.setMemoryPatternOptimization(false);
    options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
    return options;
  }

  private static ModelProto read(Path graph) throws IOException {
    try (InputStream in = Files.newInputStream(graph)) {
      CodedInputStream coded = CodedInputStream.newInstance(in);
      coded.setSizeLimit(MAX_GRAPH_BYTES);
      return ModelProto.parseFrom(coded);
    }
  }
}
