package io.weft.importer;

import io.weft.importer.checkpoint.Architecture;
import io.weft.importer.checkpoint.ExportedEncoder;
import io.weft.importer.download.Sha256;
import io.weft.importer.error.ImportException;
import io.weft.importer.onnx.ExportedGraph;
import io.weft.importer.quantize.Quantization;
import io.weft.runtime.model.ModelManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Copies an encoder that was exported to ONNX into a model folder, once its graph is checked. */
final class ExportImporter {
  private final String name;
  private final ExportedEncoder encoder;
  private final ExportedGraph graph;

  /**
   * Reads and checks the export.
   *
   * @param name of the model folder
   */
  ExportImporter(ImportOptions options, String name) {
    this.name = name;
    this.encoder = ExportedEncoder.read(options.source());
    this.graph = ExportedGraph.read(encoder.graph());
    Quantization asked = options.quantization();
    if (!asked.equals(Quantization.of(asked.dtype()))) {
      throw new ImportException(
          "%s is an exported graph, whose weights are kept as they are; of the number formats only"
                  .formatted(encoder.graph())
              + " --dtype may be given");
    }
    if (asked.dtype() != null && !asked.dtype().toString().equals(graph.dtype())) {
      throw new ImportException(
          "%s has %s weights, which are kept as they are; leave --dtype %s out"
              .formatted(encoder.graph(), graph.dtype(), asked.dtype()));
    }
  }

  /** The files with the weights. */
  List<Path> weightFiles() {
    List<Path> files = new ArrayList<>(List.of(graph.file()));
    files.addAll(graph.externalFiles());
    return files;
  }

  /** Writes all files but the manifest into {@code folder}, and checks the graph that is there. */
  void writeFiles(Path folder) throws IOException {
    Path copy = Files.copy(graph.file(), folder.resolve("model.onnx"));
    for (Path external : graph.externalFiles()) {
      Files.copy(external, folder.resolve(external.getFileName().toString()));
    }
    encoder.tokenizer().writer().write(folder.resolve("tokenizer.json"));
    // Whatever happened to the source meanwhile.
    ExportedGraph.read(copy);
  }

  /**
   * The manifest of what was written.
   *
   * @param location of the source
   */
  ModelManifest manifest(String location, List<ModelManifest.FileEntry> files) throws IOException {
    Architecture architecture = encoder.architecture();
    boolean scores = graph.outputs().containsKey(ExportedGraph.LOGITS);
    return new ModelManifest(
        ModelManifest.FORMAT_VERSION,
        name,
        architecture.family(),
        architecture.name(),
        tasks(),
        new ModelManifest.Source("onnx", location, Sha256.of(weightFiles())),
        graph.dtype(),
        null,
        architecture.vocabularySize(),
        architecture.contextLength(),
        architecture.hiddenSize(),
        architecture.layers(),
        architecture.heads(),
        architecture.kvHeads(),
        architecture.headSize(),
        encoder.tokenizer().tokens(),
        new ModelManifest.EncoderSpec(
            ModelManifest.Layout.PADDED,
            encoder.pooling(),
            scores ? architecture.labels() : List.of(),
            scores ? architecture.problemType() : null,
            scores ? architecture.activationOfPairs() : null),
        null,
        Instant.now().getEpochSecond(),
        files);
  }

  /** What config.json names and the graph has an output for. */
  private List<String> tasks() {
    Architecture architecture = encoder.architecture();
    Integer hidden = graph.outputs().get(ExportedGraph.LAST_HIDDEN_STATE);
    List<String> tasks = new ArrayList<>();
    if (hidden != null) {
      checkWidth(ExportedGraph.LAST_HIDDEN_STATE, hidden, architecture.hiddenSize());
      tasks.add(ModelManifest.TASK_EMBED);
    }
    Integer scores = graph.outputs().get(ExportedGraph.LOGITS);
    if (scores != null) {
      if (!architecture.labels().isEmpty()) {
        checkWidth(ExportedGraph.LOGITS, scores, architecture.labels().size());
      }
      architecture.tasks().stream()
          .filter(task -> !task.equals(ModelManifest.TASK_EMBED))
          .forEach(tasks::add);
    }
    if (tasks.isEmpty()) {
      throw new ImportException(
          "%s gives logits, but config.json names no head (architectures) that would say of what"
              .formatted(graph.file()));
    }
    return tasks;
  }

  private void checkWidth(String output, int found, int expected) {
    if (found != 0 && found != expected) {
      throw new ImportException(
          "%s: output %s has %,d values, config.json asks for %,d"
              .formatted(graph.file(), output, found, expected));
    }
  }
}
