package io.weft.runtime.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Proves kernels on this machine, each once in a process, and picks what stands in for a wrong one.
 *
 * <p>ONNX Runtime's kernels differ by processor, and some were wrong on some: microsoft/onnxruntime
 * issue 29853 has 4-bit weights with zero points 46 % off on AVX2.
 */
final class KernelProofs {
  /** The process's own. */
  static final KernelProofs INSTANCE = new KernelProofs(KernelProof::error);

  private static final System.Logger LOG = System.getLogger(KernelProofs.class.getName());

  private final Trial trial;
  private final Map<QuantizedKernel, Remedy> proven = new ConcurrentHashMap<>();
  private final Map<String, Integer> replaced = new ConcurrentHashMap<>();

  /**
   * @param trial tells how wrong a graph is; tests break kernels here
   */
  KernelProofs(Trial trial) {
    this.trial = trial;
  }

  /** Runs a graph of one kernel and tells its error in tolerances, up to 1 when it is right. */
  @FunctionalInterface
  interface Trial {
    double error(KernelProof proof, GraphProto graph);
  }

  /**
   * Proves the kernels of a graph.
   *
   * @return what stands in for those that are wrong; empty when all are right
   * @throws IllegalArgumentException when a wrong kernel has no right replacement
   */
  Map<QuantizedKernel, Remedy> prove(GraphProto graph) {
    Map<QuantizedKernel, Remedy> wrong = new LinkedHashMap<>();
    GraphPatch.kernels(graph)
        .forEach(
            (kernel, nodes) -> {
              Remedy remedy = proven.computeIfAbsent(kernel, this::remedy);
              if (remedy != Remedy.NONE) {
                wrong.put(kernel, remedy);
                replaced.merge(kernel.toString(), nodes, Integer::sum);
              }
            });
    return wrong;
  }

  /** Nodes replaced so far, by kernel. */
  Map<String, Integer> replaced() {
    return Map.copyOf(replaced);
  }

  private Remedy remedy(QuantizedKernel kernel) {
    KernelSample sample = new KernelSample(kernel);
    KernelProof proof = new KernelProof(sample, KernelProof::exact);
    GraphProto graph = sample.graph();
    double error = trial.error(proof, graph);
    if (error <= 1) {
      return Remedy.NONE;
    }
    for (Remedy remedy : GraphPatch.remedies(kernel)) {
      if (trial.error(proof, GraphPatch.apply(graph, same -> remedy)) <= 1) {
        LOG.log(
            System.Logger.Level.WARNING,
            "The kernel {0} is wrong on this machine, with {1} times the error that rounding"
                + " explains; {2} instead, which costs speed",
            kernel,
            error,
            describe(remedy));
        return remedy;
      }
    }
    throw new IllegalArgumentException(
        "the kernel %s is wrong on this machine, with %.1f times the error that rounding explains,"
                .formatted(kernel, error)
            + " and so is every replacement");
  }

  private static String describe(Remedy remedy) {
    return switch (remedy) {
      case NONE -> "it stays";
      case FLOAT_ACTIVATIONS -> "activations stay in 32-bit floats";
      case FLOAT_WEIGHTS -> "weights are turned into 32-bit floats";
    };
  }
}
