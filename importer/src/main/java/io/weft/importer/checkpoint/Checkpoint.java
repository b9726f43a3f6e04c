package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import io.weft.runtime.model.ModelManifest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A trained model as somebody published it. Tensors go by the names of Hugging Face's transformers,
 * whatever the file calls them; their content stays on disk until it is read.
 */
public interface Checkpoint extends AutoCloseable {
  /**
   * Opens a {@code .gguf} file or a folder with {@code config.json} and safetensors.
   *
   * @throws ImportException when it is neither, or is broken
   */
  static Checkpoint open(Path path) {
    if (Files.isDirectory(path)) {
      return HuggingFaceCheckpoint.open(path);
    }
    if (Files.isRegularFile(path)) {
      if (ForeignWeights.isForeign(path)) {
        throw ForeignWeights.refuseFile(path);
      }
      return GgufCheckpoint.open(path);
    }
    throw new ImportException(path + " is neither a file nor a folder");
  }

  /** {@code gguf} or {@code huggingface}. */
  String kind();

  Architecture architecture();

  /** Names of all tensors. */
  Set<String> tensorNames();

  /** The tensor, or null without one. */
  @Nullable Tensor find(String name);

  /** {@code tokenizer.json}, the chat template and the special tokens. */
  Tokenizer tokenizer();

  /** How an encoder's vectors are pooled; null for decoders. */
  ModelManifest.@Nullable PoolingSpec pooling();

  /** How the checkpoint's authors generate with it; null for encoders or where nothing says. */
  ModelManifest.@Nullable GenerationSpec generation();

  /** The files with the weights, in reading order. */
  List<Path> weightFiles();

  @Override
  void close();

  /**
   * The tensor of this name, which must have this shape.
   *
   * @throws ImportException when it is missing or has another shape
   */
  default Tensor tensor(String name, long... shape) {
    Tensor tensor = find(name);
    if (tensor == null) {
      throw new ImportException("the checkpoint has no tensor " + name);
    }
    List<Long> expected = new ArrayList<>();
    for (long dimension : shape) {
      expected.add(dimension);
    }
    if (!tensor.shape().equals(expected)) {
      throw new ImportException(
          "tensor %s has shape %s, the configuration asks for %s"
              .formatted(tensor.name(), tensor.shape(), expected));
    }
    return tensor;
  }
}
