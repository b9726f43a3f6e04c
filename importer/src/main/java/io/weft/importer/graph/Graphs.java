package io.weft.importer.graph;

import io.weft.importer.checkpoint.BertConfig;
import io.weft.importer.checkpoint.Checkpoint;
import io.weft.importer.checkpoint.LlamaConfig;
import io.weft.importer.error.ImportException;
import io.weft.importer.quantize.Dtype;
import java.io.IOException;
import java.nio.file.Path;

/** Writes {@code model.onnx} and {@code model.bin}. */
public final class Graphs {
  private static final String GRAPH = "model.onnx";
  private static final String WEIGHTS = "model.bin";

  private Graphs() {}

  /**
   * Writes graph and weights of {@code checkpoint} into {@code folder}.
   *
   * @throws ImportException when a tensor is missing, superfluous or not what it should be
   * @throws IOException when the disk fails
   */
  public static void write(Checkpoint checkpoint, Dtype dtype, Path folder) throws IOException {
    GraphBuilder graph = new GraphBuilder(checkpoint.architecture().name(), WEIGHTS);
    try (WeightFile weights = WeightFile.create(folder.resolve(WEIGHTS))) {
      Layers layers = new Layers(checkpoint, graph, weights, dtype);
      ArchitectureGraph architecture =
          switch (checkpoint.architecture()) {
            case LlamaConfig config -> new LlamaGraph(config, graph, layers);
            case BertConfig config -> new BertGraph(config, graph, layers);
          };
      architecture.build();
      checkAllUsed(checkpoint, layers, architecture);
    }
    graph.write(folder.resolve(GRAPH));
  }

  private static void checkAllUsed(
      Checkpoint checkpoint, Layers layers, ArchitectureGraph architecture) {
    for (String name : checkpoint.tensorNames()) {
      if (!layers.isUsed(name) && !architecture.ignores(name)) {
        throw new ImportException(
            "the checkpoint has a tensor %s, which %s models do not have"
                .formatted(name, checkpoint.architecture().name()));
      }
    }
  }
}
