package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Weights in formats that are never read, and what to do about them. */
final class ForeignWeights {
  /** Python pickles, PyTorch's format before safetensors. */
  private static final Pattern PICKLE =
      Pattern.compile("pytorch_model.*\\.bin|.*\\.(pt|pth|ckpt|pkl|pickle)");

  /** The formats of TensorFlow, Flax and rust-bert. */
  private static final Pattern OTHER =
      Pattern.compile("(tf_model|model).*\\.h5|.*\\.(msgpack|ot)|.*\\.ckpt\\.(index|meta)");

  private static final String CONVERT =
      "convert it to safetensors where you trust it: in Python with transformers,"
          + " model.save_pretrained(folder, safe_serialization=True), or on the hub at"
          + " https://huggingface.co/spaces/safetensors/convert";

  private ForeignWeights() {}

  /** Refuses a folder without safetensors, saying why. */
  static ImportException refuse(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      Optional<Path> foreign =
          files.filter(Files::isRegularFile).filter(ForeignWeights::isForeign).sorted().findFirst();
      if (foreign.isPresent()) {
        return refuseFile(foreign.get());
      }
    } catch (IOException e) {
      return new ImportException("cannot read " + folder + ": " + e, e);
    }
    return new ImportException(
        folder + " has neither model.safetensors nor model.safetensors.index.json");
  }

  static boolean isForeign(Path file) {
    return PICKLE.matcher(name(file)).matches() || OTHER.matcher(name(file)).matches();
  }

  /** Refuses a file that is foreign. */
  static ImportException refuseFile(Path file) {
    return new ImportException(
        PICKLE.matcher(name(file)).matches()
            ? "%s is a Python pickle, which can run any code when it is read, so it never is; %s"
                .formatted(file, CONVERT)
            : "%s is in a format that is not read; %s".formatted(file, CONVERT));
  }

  private static String name(Path file) {
    Path name = file.getFileName();
    return name == null ? "" : name.toString();
  }
}
