package io.weft.importer.checkpoint;

import io.weft.runtime.model.ModelManifest;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A GGUF file. */
final class GgufCheckpoint implements Checkpoint {
  private final MappedFile file;
  private final Architecture architecture;
  private final Tokenizer tokenizer;
  private final Map<String, Tensor> tensors;
  private final ModelManifest.@Nullable GenerationSpec generation;

  private GgufCheckpoint(
      MappedFile file,
      Architecture architecture,
      Tokenizer tokenizer,
      Map<String, Tensor> tensors,
      ModelManifest.@Nullable GenerationSpec generation) {
    this.file = file;
    this.architecture = architecture;
    this.tokenizer = tokenizer;
    this.tensors = tensors;
    this.generation = generation;
  }

  static GgufCheckpoint open(Path path) {
    MappedFile file = MappedFile.open(path);
    try {
      return read(file);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** The checkpoint in {@code file}, which it owns from now on. */
  static GgufCheckpoint read(MappedFile file) {
    Gguf gguf = Gguf.parse(file);
    Architecture architecture = GgufConfigs.read(gguf);
    Tokenizer tokenizer = GgufTokenizer.read(gguf.metadata(), architecture.vocabularySize());
    ModelManifest.GenerationSpec generation =
        architecture instanceof T5Config
            ? GgufT5.generation(gguf.metadata(), tokenizer.tokens(), architecture.vocabularySize())
            : null;
    return new GgufCheckpoint(
        file, architecture, tokenizer, GgufTensors.rename(gguf, architecture), generation);
  }

  @Override
  public String kind() {
    return "gguf";
  }

  @Override
  public Architecture architecture() {
    return architecture;
  }

  @Override
  public Set<String> tensorNames() {
    return tensors.keySet();
  }

  @Override
  public @Nullable Tensor find(String name) {
    return tensors.get(name);
  }

  @Override
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  @Override
  public ModelManifest.@Nullable PoolingSpec pooling() {
    return null;
  }

  @Override
  public ModelManifest.@Nullable GenerationSpec generation() {
    return generation;
  }

  @Override
  public List<Path> weightFiles() {
    return List.of(file.path());
  }

  @Override
  public void close() {
    file.close();
  }
}
