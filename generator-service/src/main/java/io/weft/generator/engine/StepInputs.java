package io.weft.generator.engine;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The small inputs of a run and its logits, in direct buffers that every run uses again; the
 * tensors over them are made once for each shape. Owns the tensors. Belongs to the engine's thread.
 */
final class StepInputs implements AutoCloseable {
  static final String LOGITS = "logits";

  private final OrtEnvironment environment;
  private final int vocabulary;

  /** Shape (rows, tokens). */
  private final LongBuffer inputIds;

  /** Shape (rows): tokens that the slot holds after the run, less 1. */
  private final IntBuffer seqlens;

  /** A scalar: the largest of those numbers, not less 1. */
  private final IntBuffer total;

  /** Shape (positions): which tokens of the run, row-major, logits are wanted for. */
  private final LongBuffer logitsIndex;

  /** Shape (positions, vocabulary). */
  private final FloatBuffer logits;

  private final Map<Shape, Tensors> tensors = new HashMap<>();

  private record Shape(int rows, int tokens, int positions) {}

  /**
   * The tensors of one shape.
   *
   * @param inputs by name
   */
  record Tensors(Map<String, OnnxTensor> inputs, OnnxTensor logits) {
    private void close() {
      inputs.values().forEach(OnnxTensor::close);
      logits.close();
    }
  }

  /**
   * @param rows most rows of a run
   * @param tokens most tokens of a prompt in a run
   * @param extension most tokens of a run that gives logits for all of them
   */
  StepInputs(OrtEnvironment environment, int rows, int tokens, int extension, int vocabulary) {
    this.environment = environment;
    this.vocabulary = vocabulary;
    int positions = Math.max(rows, extension);
    this.inputIds = direct(Long.BYTES, Math.max(positions, tokens)).asLongBuffer();
    this.seqlens = direct(Integer.BYTES, rows).asIntBuffer();
    this.total = direct(Integer.BYTES, 1).asIntBuffer();
    this.logitsIndex = direct(Long.BYTES, positions).asLongBuffer();
    this.logits = direct(Float.BYTES, positions * vocabulary).asFloatBuffer();
  }

  /** A run of the tokens [from, to) of a prompt in one row. */
  Tensors prefill(Prompt prompt, int from, int to) throws OrtException {
    for (int i = from; i < to; i++) {
      inputIds.put(i - from, prompt.id(i));
    }
    seqlens.put(0, to - 1);
    total.put(0, to);
    logitsIndex.put(0, to - from - 1);
    return tensors(new Shape(1, to - from, 1));
  }

  /**
   * A run of several tokens in one row, with logits for each.
   *
   * @param length tokens that the slot holds before the run
   */
  Tensors extend(int length, int[] tokens, int count) throws OrtException {
    for (int i = 0; i < count; i++) {
      inputIds.put(i, tokens[i]);
      logitsIndex.put(i, i);
    }
    seqlens.put(0, length + count - 1);
    total.put(0, length + count);
    return tensors(new Shape(1, count, count));
  }

  /** A run of one token a row. */
  Tensors decode(int rows, int[] tokens, int[] lengths) throws OrtException {
    int longest = 0;
    for (int row = 0; row < rows; row++) {
      inputIds.put(row, tokens[row]);
      seqlens.put(row, lengths[row]);
      logitsIndex.put(row, row);
      longest = Math.max(longest, lengths[row] + 1);
    }
    total.put(0, longest);
    return tensors(new Shape(rows, 1, rows));
  }

  void readLogits(int row, float[] into) {
    logits.get(row * vocabulary, into);
  }

  @Override
  public void close() {
    tensors.values().forEach(Tensors::close);
    tensors.clear();
  }

  private Tensors tensors(Shape shape) throws OrtException {
    Tensors made = tensors.get(shape);
    if (made == null) {
      made = make(shape);
      tensors.put(shape, made);
    }
    return made;
  }

  private Tensors make(Shape shape) throws OrtException {
    int rows = shape.rows();
    int positions = shape.positions();
    Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
    inputs.put(
        "input_ids",
        OnnxTensor.createTensor(
            environment,
            inputIds.slice(0, rows * shape.tokens()),
            new long[] {rows, shape.tokens()}));
    inputs.put(
        "seqlens_k",
        OnnxTensor.createTensor(environment, seqlens.slice(0, rows), new long[] {rows}));
    inputs.put("total_sequence_length", OnnxTensor.createTensor(environment, total, new long[] {}));
    inputs.put(
        "logits_index",
        OnnxTensor.createTensor(
            environment, logitsIndex.slice(0, positions), new long[] {positions}));
    OnnxTensor output =
        OnnxTensor.createTensor(
            environment,
            logits.slice(0, positions * vocabulary),
            new long[] {positions, vocabulary});
    return new Tensors(inputs, output);
  }

  private static ByteBuffer direct(int size, int count) {
    return ByteBuffer.allocateDirect(size * count).order(ByteOrder.nativeOrder());
  }
}
