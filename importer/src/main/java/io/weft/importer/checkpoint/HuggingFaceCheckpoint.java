package io.weft.importer.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.importer.error.ImportException;
import io.weft.runtime.model.Family;
import io.weft.runtime.model.ModelManifest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A folder as the Hugging Face hub has them: config.json, safetensors, tokenizer.json. */
final class HuggingFaceCheckpoint implements Checkpoint {
  private final List<MappedFile> files;
  private final Architecture architecture;
  private final Tokenizer tokenizer;
  private final Map<String, Tensor> tensors;
  private final ModelManifest.@Nullable PoolingSpec pooling;
  private final ModelManifest.@Nullable GenerationSpec generation;

  private HuggingFaceCheckpoint(
      List<MappedFile> files,
      Architecture architecture,
      Tokenizer tokenizer,
      Map<String, Tensor> tensors,
      ModelManifest.@Nullable PoolingSpec pooling,
      ModelManifest.@Nullable GenerationSpec generation) {
    this.files = files;
    this.architecture = architecture;
    this.tokenizer = tokenizer;
    this.tensors = tensors;
    this.pooling = pooling;
    this.generation = generation;
  }

  static HuggingFaceCheckpoint open(Path folder) {
    Path configFile = folder.resolve("config.json");
    if (!Files.isRegularFile(configFile)) {
      throw new ImportException(folder + " has no config.json");
    }
    ObjectNode whole = JsonFiles.read(configFile);
    PairActivation.merge(folder, whole);
    ObjectNode config = TextConfig.of(whole);
    List<MappedFile> files = new ArrayList<>();
    try {
      Map<String, Tensor> tensors = tensors(folder, files);
      if (TextConfig.isWithin(whole)) {
        tensors = TextConfig.tensors(tensors);
      }
      SentenceTransformer sentence = SentenceTransformer.read(folder);
      Architecture architecture =
          HuggingFaceConfig.read(config, sentence.maxSequence(), tensors.keySet());
      tensors.replaceAll((_, tensor) -> CanonicalTensors.of(architecture, tensor));
      Tokenizer tokenizer =
          HuggingFaceTokenizer.read(
              folder, config, architecture.vocabularySize(), BertConfig.hasSegments(architecture));
      return new HuggingFaceCheckpoint(
          files,
          architecture,
          tokenizer,
          tensors,
          architecture.family() == Family.ENCODER ? sentence.pooling() : null,
          generation(folder, config, architecture, tokenizer));
    } catch (RuntimeException e) {
      files.forEach(MappedFile::close);
      throw e;
    }
  }

  private static ModelManifest.@Nullable GenerationSpec generation(
      Path folder, ObjectNode config, Architecture architecture, Tokenizer tokenizer) {
    return switch (architecture.family()) {
      case ENCODER -> null;
      case DECODER -> GenerationConfig.read(folder, config);
      case ENCODER_DECODER ->
          GenerationConfig.readWithStart(
              folder, config, tokenizer.tokens().pad(), architecture.vocabularySize());
    };
  }

  /** All tensors by name; each file opened is added to {@code files}. */
  private static Map<String, Tensor> tensors(Path folder, List<MappedFile> files) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Path shard : weightFiles(folder)) {
      MappedFile file = MappedFile.open(shard);
      files.add(file);
      for (Tensor tensor : Safetensors.parse(file).values()) {
        if (tensors.putIfAbsent(tensor.name(), tensor) != null) {
          throw new ImportException("tensor %s is in two files".formatted(tensor.name()));
        }
      }
    }
    return tensors;
  }

  private static List<Path> weightFiles(Path folder) {
    Path single = folder.resolve("model.safetensors");
    Path index = folder.resolve("model.safetensors.index.json");
    if (Files.isRegularFile(single)) {
      return List.of(single);
    }
    if (!Files.isRegularFile(index)) {
      throw ForeignWeights.refuse(folder);
    }
    List<Path> shards = new ArrayList<>();
    for (String name : SafetensorsIndex.shards(index)) {
      if (!Files.isRegularFile(folder.resolve(name))) {
        throw new ImportException("%s names the file %s, which is missing".formatted(index, name));
      }
      shards.add(folder.resolve(name));
    }
    return shards;
  }

  @Override
  public String kind() {
    return "huggingface";
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
    Tensor tensor = tensors.get(name);
    if (tensor == null && name.endsWith("LayerNorm.weight")) {
      // BERT's first checkpoints, converted from TensorFlow, kept its names.
      return tensors.get(name.replace("LayerNorm.weight", "LayerNorm.gamma"));
    }
    if (tensor == null && name.endsWith("LayerNorm.bias")) {
      return tensors.get(name.replace("LayerNorm.bias", "LayerNorm.beta"));
    }
    return tensor;
  }

  @Override
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  @Override
  public ModelManifest.@Nullable PoolingSpec pooling() {
    return pooling;
  }

  @Override
  public ModelManifest.@Nullable GenerationSpec generation() {
    return generation;
  }

  @Override
  public List<Path> weightFiles() {
    return files.stream().map(MappedFile::path).toList();
  }

  @Override
  public void close() {
    files.forEach(MappedFile::close);
  }
}
