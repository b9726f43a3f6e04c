package io.weft.importer.graph;

import io.weft.importer.checkpoint.Architecture;
import io.weft.importer.checkpoint.BertConfig;
import io.weft.importer.checkpoint.Checkpoint;
import io.weft.importer.checkpoint.Gpt2Config;
import io.weft.importer.checkpoint.GptNeoXConfig;
import io.weft.importer.checkpoint.LlamaConfig;
import io.weft.importer.checkpoint.ModernBertConfig;
import io.weft.importer.checkpoint.T5Config;
import io.weft.importer.error.ImportException;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.quantize.WeightPlan;
import io.weft.runtime.model.ModelManifest.WrittenFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Writes the graphs of a model folder and {@code model.bin}, the weights that they share. */
public final class Graphs {
  private static final String WEIGHTS = "model.bin";

  private Graphs() {}

  /**
   * Writes graphs and weights of {@code checkpoint} into {@code folder}.
   *
   * @return which formats of the checkpoint became which of the folder
   * @throws ImportException when a tensor is missing, superfluous or not what it should be
   * @throws IOException when the disk fails
   */
  public static List<WrittenFormat> write(Checkpoint checkpoint, WeightPlan plan, Path folder)
      throws IOException {
    if (plan.dtype() == Dtype.FP16 && checkpoint.architecture() instanceof T5Config) {
      // transformers keeps parts of T5 in single precision and clamps the rest.
      throw new ImportException(
          "t5 models leave the range of fp16 on their way; supported for them: fp32, int8,"
              + " w8a8, int4");
    }
    try (WeightFile file = WeightFile.create(folder.resolve(WEIGHTS))) {
      Weights weights = new Weights(checkpoint, file, plan);
      List<ArchitectureGraph> built = new ArrayList<>();
      for (GraphFile graphFile : graphs(checkpoint.architecture())) {
        GraphBuilder builder =
            new GraphBuilder(checkpoint.architecture().name(), WEIGHTS, weights.floatType());
        ArchitectureGraph graph = graphFile.graph.apply(new Layers(builder, weights));
        graph.build();
        builder.write(folder.resolve(graphFile.name));
        built.add(graph);
      }
      checkAllUsed(checkpoint, weights, built);
      return weights.counts().list();
    }
  }

  private static List<GraphFile> graphs(Architecture architecture) {
    return switch (architecture) {
      case LlamaConfig config ->
          List.of(new GraphFile("model.onnx", layers -> new LlamaGraph(config, layers)));
      case Gpt2Config config ->
          List.of(new GraphFile("model.onnx", layers -> new Gpt2Graph(config, layers)));
      case GptNeoXConfig config ->
          List.of(new GraphFile("model.onnx", layers -> new GptNeoXGraph(config, layers)));
      case BertConfig config ->
          encoder((layers, attentions) -> new BertGraph(config, layers, attentions));
      case ModernBertConfig config ->
          encoder((layers, attentions) -> new ModernBertGraph(config, layers, attentions));
      case T5Config config ->
          List.of(
              new GraphFile("encoder.onnx", layers -> new T5EncoderGraph(config, layers)),
              new GraphFile("decoder.onnx", layers -> new T5DecoderGraph(config, layers)));
    };
  }

  /** The graph to serve from, and the one that gives attention probabilities too. */
  private static List<GraphFile> encoder(BiFunction<Layers, Boolean, ArchitectureGraph> graph) {
    return List.of(
        new GraphFile("model.onnx", layers -> graph.apply(layers, false)),
        new GraphFile("attentions.onnx", layers -> graph.apply(layers, true)));
  }

  private static void checkAllUsed(
      Checkpoint checkpoint, Weights weights, List<ArchitectureGraph> graphs) {
    for (String name : checkpoint.tensorNames()) {
      if (!weights.isUsed(name) && graphs.stream().noneMatch(graph -> graph.ignores(name))) {
        throw new ImportException(
            "the checkpoint has a tensor %s, which %s models do not have"
                .formatted(name, checkpoint.architecture().name()));
      }
    }
  }

  /** A graph and the file that it is written to. */
  private record GraphFile(String name, Function<Layers, ArchitectureGraph> graph) {}
}
