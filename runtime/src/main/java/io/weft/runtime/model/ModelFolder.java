package io.weft.runtime.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A model on disk: {@code model.json}, {@code model.onnx} with its weights in {@code model.bin},
 * {@code tokenizer.json} and, for chat models, {@code chat_template.jinja}.
 *
 * @param path the folder
 * @param manifest its {@code model.json}
 */
public record ModelFolder(Path path, ModelManifest manifest) {
  private static final System.Logger LOG = System.getLogger(ModelFolder.class.getName());
  private static final String MANIFEST = "model.json";

  /** Ends the names of files and folders that are being written, or were when an import died. */
  private static final String PARTIAL = ".part";

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  /**
   * Reads a folder's manifest and checks that every file it lists is there in full. Hashes are not
   * computed: that is the importer's work, once.
   *
   * @throws IllegalArgumentException when the folder is not a model folder that this version reads
   */
  public static ModelFolder open(Path path) {
    Path file = path.resolve(MANIFEST);
    ModelManifest manifest;
    try {
      JsonNode json = JSON.readTree(file.toFile());
      checkVersion(file, json.path("format_version").asInt(0));
      if (json.path("encoder") instanceof ObjectNode encoder) {
        // Folders of this version that were made before it was written down.
        encoder.putIfAbsent("activation", NullNode.getInstance());
      }
      manifest = JSON.treeToValue(json, ModelManifest.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(file + " is not a manifest: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot read " + file + ": " + e.getMessage(), e);
    }
    for (ModelManifest.FileEntry entry : manifest.files()) {
      Path listed = path.resolve(entry.name()).normalize();
      if (!listed.startsWith(path.normalize())) {
        throw new IllegalArgumentException(file + " lists a file outside its folder");
      }
      long size = Files.isRegularFile(listed) ? sizeOf(listed) : -1;
      if (size != entry.size()) {
        throw new IllegalArgumentException(
            size < 0
                ? "%s is missing".formatted(listed)
                : "%s has %,d bytes, its manifest says %,d".formatted(listed, size, entry.size()));
      }
    }
    return new ModelFolder(path, manifest);
  }

  private static void checkVersion(Path file, int version) {
    if (version != ModelManifest.FORMAT_VERSION) {
      throw new IllegalArgumentException(
          "%s has format version %d, this version reads %d: import the model again"
              .formatted(file, version, ModelManifest.FORMAT_VERSION));
    }
  }

  /** As {@link #findAll(Path, Predicate)}, those that can do {@code task}. */
  public static List<ModelFolder> findAll(Path root, String task) {
    return findAll(root, manifest -> manifest.tasks().contains(task));
  }

  /**
   * All model folders directly below {@code root} that are wanted, by name. One that is still being
   * imported ({@code NAME.part}) does not count. A broken one is left out with a warning, so that
   * it does not take the others with it.
   */
  public static List<ModelFolder> findAll(Path root, Predicate<ModelManifest> wanted) {
    if (!Files.isDirectory(root)) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(root)) {
      List<Path> folders =
          children
              .filter(child -> !child.getFileName().toString().endsWith(PARTIAL))
              .filter(child -> Files.isRegularFile(child.resolve(MANIFEST)))
              .toList();
      List<ModelFolder> whole =
          folders.stream().flatMap(child -> openIfWhole(child).stream()).toList();
      if (whole.isEmpty() && !folders.isEmpty()) {
        open(folders.getFirst());
      }
      return whole.stream()
          .filter(folder -> wanted.test(folder.manifest()))
          .sorted(Comparator.comparing(folder -> folder.manifest().name()))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<ModelFolder> openIfWhole(Path path) {
    try {
      return Optional.of(open(path));
    } catch (IllegalArgumentException e) {
      LOG.log(System.Logger.Level.WARNING, "{0} is left out: {1}", path, e.getMessage());
      return Optional.empty();
    }
  }

  /** Writes {@code model.json}; the importer calls it last, so that a folder with one is whole. */
  public static void writeManifest(Path folder, ModelManifest manifest) {
    try {
      Path partial = folder.resolve(MANIFEST + PARTIAL);
      JSON.writeValue(partial.toFile(), manifest);
      Files.move(
          partial,
          folder.resolve(MANIFEST),
          java.nio.file.StandardCopyOption.ATOMIC_MOVE,
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The graph of an encoder or a decoder. */
  public Path graph() {
    return path.resolve("model.onnx");
  }

  /** An encoder's graph that gives its attention probabilities too; not every folder has one. */
  public Path attentionGraph() {
    return path.resolve("attentions.onnx");
  }

  /** The graph of an encoder-decoder's encoder. */
  public Path encoderGraph() {
    return path.resolve("encoder.onnx");
  }

  /** The graph of an encoder-decoder's decoder. */
  public Path decoderGraph() {
    return path.resolve("decoder.onnx");
  }

  /** The tokenizer, in the format of Hugging Face's tokenizers library. */
  public Path tokenizer() {
    return path.resolve("tokenizer.json");
  }

  /** The Jinja chat template; the file exists only for chat models. */
  public Path chatTemplate() {
    return path.resolve("chat_template.jinja");
  }

  private static long sizeOf(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
