package io.weft.importer.testing;

import io.weft.importer.ImportOptions;
import io.weft.importer.Importer;
import io.weft.runtime.model.ModelFolder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/**
 * The tiny BERT, and a tagger, as torch.onnx exports them; made by {@code
 * e2e/goldens/onnx_export.py}. What it computes are the goldens of the tiny BERT.
 */
public final class TinyExports {
  private TinyExports() {}

  /**
   * Copies a Hugging Face folder without safetensors, but with {@code model.onnx}, into {@code
   * parent} and returns it.
   *
   * @param graph {@code model.onnx}, in 32-bit floats, or {@code int8.onnx}
   */
  public static Path checkpoint(String graph, Path parent) {
    Path folder = TinyCheckpoints.bert(parent);
    try (InputStream in = TinyExports.class.getResourceAsStream("tiny-bert-onnx/" + graph)) {
      Files.delete(folder.resolve("model.safetensors"));
      Files.copy(Objects.requireNonNull(in, graph), folder.resolve("model.onnx"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return folder;
  }

  /**
   * Imports the tiny DistilBERT that tags tokens, exported with its logits only, as {@code
   * models/distilbert-tag}. What it computes are the goldens of the one with weights.
   */
  public static ModelFolder importTagger(Path parent, Path models) {
    Path folder = TinyEncoders.checkpoint("distilbert", "tag", parent);
    try (InputStream in = TinyExports.class.getResourceAsStream("tiny-bert-onnx/tagger.onnx")) {
      Files.delete(folder.resolve("model.safetensors"));
      Files.copy(Objects.requireNonNull(in), folder.resolve("model.onnx"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Importer.importCheckpoint(ImportOptions.of(folder, models)).folder();
  }

  /**
   * Imports such a folder, which is put into {@code parent}, as {@code parent/models/tiny-bert}.
   */
  public static ModelFolder importModel(String graph, Path parent) {
    return Importer.importCheckpoint(
            ImportOptions.of(checkpoint(graph, parent), parent.resolve("models")))
        .folder();
  }
}
