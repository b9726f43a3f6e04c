package io.weft.importer.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.importer.error.ImportException;
import io.weft.runtime.model.Family;
import io.weft.runtime.model.ModelManifest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A Hugging Face folder whose weights lie in an exported ONNX graph: what its other files say.
 *
 * @param graph {@code model.onnx} or {@code onnx/model.onnx}, not read yet
 * @param architecture from config.json
 * @param tokenizer tokenizer.json and the special tokens
 * @param pooling how token vectors become one
 */
public record ExportedEncoder(
    Path graph, Architecture architecture, Tokenizer tokenizer, ModelManifest.PoolingSpec pooling) {
  private static final List<String> GRAPHS = List.of("model.onnx", "onnx/model.onnx");
  private static final List<String> BETTER =
      List.of("model.safetensors", "model.safetensors.index.json");

  /** Whether {@code path} is such a folder. One with safetensors is not: those become our graph. */
  public static boolean isOne(Path path) {
    return BETTER.stream().noneMatch(name -> Files.exists(path.resolve(name)))
        && find(path) != null;
  }

  private static @Nullable Path find(Path folder) {
    return GRAPHS.stream()
        .map(folder::resolve)
        .filter(Files::isRegularFile)
        .findFirst()
        .orElse(null);
  }

  /**
   * Reads the files beside the graph.
   *
   * @throws ImportException when one is missing or broken, or the model is no encoder
   */
  public static ExportedEncoder read(Path folder) {
    Path graph = find(folder);
    if (graph == null) {
      throw new ImportException("%s has none of %s".formatted(folder, GRAPHS));
    }
    Path configFile = folder.resolve("config.json");
    if (!Files.isRegularFile(configFile)) {
      throw new ImportException(folder + " has no config.json");
    }
    ObjectNode config = JsonFiles.read(configFile);
    PairActivation.merge(folder, config);
    SentenceTransformer sentence = SentenceTransformer.read(folder);
    Architecture architecture = HuggingFaceConfig.read(config, sentence.maxSequence(), null);
    if (architecture.family() != Family.ENCODER) {
      throw new ImportException(
          "%s: %s is no encoder; others are imported from safetensors or GGUF, not from ONNX"
              .formatted(graph, architecture.name()));
    }
    return new ExportedEncoder(
        graph,
        architecture,
        HuggingFaceTokenizer.read(
            folder, config, architecture.vocabularySize(), BertConfig.hasSegments(architecture)),
        sentence.pooling());
  }
}
