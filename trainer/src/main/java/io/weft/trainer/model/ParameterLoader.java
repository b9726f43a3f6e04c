package io.weft.trainer.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.weft.importer.checkpoint.BertConfig;
import io.weft.importer.checkpoint.BertVariant;
import io.weft.importer.checkpoint.Checkpoint;
import io.weft.importer.checkpoint.Tensor;
import io.weft.importer.graph.BertNames;
import io.weft.importer.graph.RelativePositions;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Takes the encoder's tensors from a checkpoint and draws those of a new head, from a normal
 * distribution as transformers does.
 */
final class ParameterLoader {
  /** transformers' default for {@code initializer_range}. */
  private static final double DEVIATION = 0.02;

  private final NDManager manager;
  private final Checkpoint checkpoint;
  private final BertConfig config;
  private final BertNames names;
  private final Method method;
  private final RandomGenerator random;
  private final Parameters parameters = new Parameters();

  /**
   * @param seed of the numbers that are drawn
   */
  ParameterLoader(
      NDManager manager, Checkpoint checkpoint, BertConfig config, Method method, long seed) {
    this.manager = manager;
    this.checkpoint = checkpoint;
    this.config = config;
    this.names = BertNames.of(config.variant());
    this.method = method;
    this.random = new SplittableRandom(seed);
  }

  /**
   * @param labels outputs of the classifier
   * @param keepHead whether the checkpoint's own head is taken, where its tensors fit
   */
  Parameters load(HeadNetwork.Names head, int labels, boolean keepHead) {
    encoder();
    int width = config.hiddenSize();
    for (String layer : head.layers()) {
      int outputs = layer.equals(head.classifier()) ? labels : width;
      boolean classifier = layer.equals(head.classifier());
      boolean taken = checkpoint.find(layer + ".weight") != null && (keepHead || !classifier);
      if (taken || isPooler(layer)) {
        stored(layer + ".weight", true, outputs, width);
        stored(layer + ".bias", true, outputs);
      } else {
        drawn(layer + ".weight", DEVIATION, outputs, width);
        drawn(layer + ".bias", 0, outputs);
      }
    }
    return parameters;
  }

  /** BERT's dense layer belongs to its encoder, and most checkpoints have it. */
  private boolean isPooler(String layer) {
    return layer.startsWith(names.prefix()) && find(layer + ".weight") != null;
  }

  private void encoder() {
    boolean full = method instanceof Method.Full;
    String name = names.prefix() + "embeddings.";
    int width = config.embeddingSize();
    stored(name + "word_embeddings.weight", full, config.vocabularySize(), width);
    stored(name + "position_embeddings.weight", full, config.positions(), width);
    if (config.segments() > 0) {
      stored(name + "token_type_embeddings.weight", full, config.segments(), width);
    }
    norm(name + "LayerNorm", full, width);
    if (width != config.hiddenSize()) {
      linear(names.prefix() + "embeddings_project", full, config.hiddenSize(), width);
    }
    if (config.variant() == BertVariant.MPNET) {
      int buckets = RelativePositions.MPNET.buckets();
      stored(names.prefix() + BertNames.RELATIVE_BIAS, full, buckets, config.heads());
    }
    for (int i = 0; i < config.layers(); i++) {
      layer(names.prefix() + names.layers() + i + ".", full);
    }
  }

  private void layer(String name, boolean full) {
    int width = config.hiddenSize();
    BertNames.Attention parts = names.attention();
    for (String part : List.of(parts.query(), parts.key(), parts.value(), parts.output())) {
      linear(name + part, full, width, width);
    }
    if (method instanceof Method.Lora lora) {
      for (String part : List.of(parts.query(), parts.value())) {
        // As the paper has it: the product begins at zero.
        drawn(name + part + Lora.DOWN, 1 / Math.sqrt(width), lora.rank(), width);
        drawn(name + part + Lora.UP, 0, width, lora.rank());
      }
    }
    norm(name + parts.norm(), full, width);
    linear(name + names.up(), full, config.intermediateSize(), width);
    linear(name + names.down(), full, width, config.intermediateSize());
    norm(name + names.norm(), full, width);
  }

  private void linear(String name, boolean trained, int outputs, int inputs) {
    stored(name + ".weight", trained, outputs, inputs);
    stored(name + ".bias", trained, outputs);
  }

  private void norm(String name, boolean trained, int width) {
    stored(name + ".weight", trained, width);
    stored(name + ".bias", trained, width);
  }

  private void stored(String name, boolean trained, long... shape) {
    String found = find(name) == null ? name : String.valueOf(find(name));
    Tensor tensor = checkpoint.tensor(found, shape);
    float[] values = new float[Math.toIntExact(new Shape(shape).size())];
    tensor.readRows(0, Math.toIntExact(tensor.rows()), values);
    add(name, OwnedArrays.of(manager, values, new Shape(shape)), trained);
  }

  private @org.jspecify.annotations.Nullable String find(String name) {
    List<String> candidates = new ArrayList<>(List.of(name));
    if (name.startsWith(names.prefix())) {
      candidates.add(name.substring(names.prefix().length()));
    }
    return candidates.stream()
        .filter(candidate -> checkpoint.find(candidate) != null)
        .findFirst()
        .orElse(null);
  }

  /** Normally distributed numbers; zeros for a deviation of 0. */
  private void drawn(String name, double deviation, long... shape) {
    float[] values = new float[Math.toIntExact(new Shape(shape).size())];
    if (deviation > 0) {
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (random.nextGaussian() * deviation);
      }
    }
    add(name, OwnedArrays.of(manager, values, new Shape(shape)), true);
  }

  private void add(String name, NDArray values, boolean trained) {
    boolean decayed = !name.endsWith(".bias") && !name.contains("LayerNorm") && !isNorm(name);
    parameters.add(new Parameter(name, values, trained, decayed));
  }

  private boolean isNorm(String name) {
    return name.endsWith(names.norm() + ".weight")
        || name.endsWith(names.attention().norm() + ".weight");
  }
}
