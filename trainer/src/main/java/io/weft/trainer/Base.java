package io.weft.trainer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.weft.importer.CheckpointOrigin;
import io.weft.importer.checkpoint.BertConfig;
import io.weft.importer.checkpoint.Checkpoint;
import io.weft.importer.error.ImportException;
import io.weft.runtime.model.ModelFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The encoder that training begins with.
 *
 * @param folder a Hugging Face folder
 * @param tokenizer {@code tokenizer.json} as a model folder has it, so that training sees what
 *     serving will
 * @param checkpoint open until this is closed
 * @param json the content of config.json
 */
record Base(Path folder, Path tokenizer, Checkpoint checkpoint, BertConfig config, JsonNode json)
    implements AutoCloseable {
  private static final JsonMapper JSON = new JsonMapper();

  /**
   * Opens a Hugging Face folder, or the one that an installed model was made from, which may have
   * been fine-tuned here.
   *
   * @param base a path, or a model's name
   * @param scratch an empty folder for the tokenizer and for what is unpacked; must last as long
   * @throws ImportException when it is neither, or no encoder that can be trained
   */
  static Base open(String base, Path modelsDir, Path scratch, PrintWriter out) throws IOException {
    Path folder = folder(base, modelsDir, scratch, out);
    Checkpoint checkpoint = Checkpoint.open(folder);
    try {
      if (!(checkpoint.architecture() instanceof BertConfig config)) {
        throw new ImportException(
            "%s is of architecture %s; those that can be trained: bert, distilbert, electra, mpnet, roberta, xlm-roberta"
                .formatted(base, checkpoint.architecture().name()));
      }
      if (!Files.isRegularFile(folder.resolve("tokenizer.json"))) {
        throw new ImportException(folder + " has no tokenizer.json");
      }
      Path tokenizer = scratch.resolve("served-tokenizer.json");
      checkpoint.tokenizer().writer().write(tokenizer);
      JsonNode json = JSON.readTree(folder.resolve("config.json").toFile());
      return new Base(folder, tokenizer, checkpoint, config, json);
    } catch (RuntimeException | IOException e) {
      checkpoint.close();
      throw e;
    }
  }

  private static Path folder(String base, Path modelsDir, Path scratch, PrintWriter out)
      throws IOException {
    if (base.matches("[a-z0-9][a-z0-9._-]{0,95}")) {
      Path installed = modelsDir.resolve(base);
      if (Files.isRegularFile(installed.resolve("model.json"))) {
        Path finetuned = ResultOptions.folder(modelsDir, base).resolve("checkpoint");
        if (Files.isRegularFile(finetuned.resolve("config.json"))) {
          return finetuned;
        }
        return CheckpointOrigin.of(modelsDir, out).find(ModelFolder.open(installed), scratch);
      }
    }
    Path path = Path.of(base);
    if (Files.isRegularFile(path.resolve("config.json"))) {
      return path;
    }
    throw new ImportException(
        "'%s' is neither a model in %s nor a Hugging Face folder (with a config.json)"
            .formatted(base, modelsDir));
  }

  @Override
  public void close() {
    checkpoint.close();
  }
}
