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
import java.util.Map;

/**
 * The small inputs of a run and its logits, in direct buffers that every run uses again; the
 * tensors over them are made once for each size. Owns the tensors. Belongs to the engine's thread.
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

  /** Shape (tokens): the part of a prompt beside the rows. */
  private final LongBuffer partIds;

  /** Shape (1): tokens that its slot holds after the run, less 1. */
  private final IntBuffer partSeqlens;

  /** A scalar: that number, not less 1. */
  private final IntBuffer partTotal;

  /** Shape (positions): which tokens of the run, rows first, logits are wanted for. */
  private final LongBuffer logitsIndex;

  /** Shape (positions, vocabulary). */
  private final FloatBuffer logits;

  private final Map<Rows, Map<String, OnnxTensor>> rowTensors = new HashMap<>();
  private final Map<Integer, Map<String, OnnxTensor>> partTensors = new HashMap<>();
  private final Map<Positions, Result> results = new HashMap<>();

  private record Rows(int rows, int tokens) {}

  /** Rows [first, first + count) of the logits. */
  private record Positions(int first, int count) {}

  private record Result(OnnxTensor index, OnnxTensor logits) {}

  /**
   * The tensors of one run.
   *
   * @param inputs by name
   */
  record Tensors(Map<String, OnnxTensor> inputs, OnnxTensor logits) {}

  /**
   * @param rows most rows of a run
   * @param tokens most tokens of a prompt in a run
   * @param extension most tokens of a run that gives logits for all of them
   */
  StepInputs(OrtEnvironment environment, int rows, int tokens, int extension, int vocabulary) {
    this.environment = environment;
    this.vocabulary = vocabulary;
    int positions = Math.max(rows + 1, extension);
    this.inputIds = longs(Math.max(positions, tokens));
    this.seqlens = ints(rows);
    this.total = ints(1);
    this.partIds = longs(tokens);
    this.partSeqlens = ints(1);
    this.partTotal = ints(1);
    this.logitsIndex = longs(positions);
    this.logits = direct(Float.BYTES, positions * vocabulary).asFloatBuffer();
  }

  /**
   * A run of a part of a prompt in one row.
   *
   * @param row of the logits, that after its last token
   */
  Tensors prefill(PromptPart part, int row) throws OrtException {
    putIds(part, inputIds);
    seqlens.put(0, part.to() - 1);
    total.put(0, part.to());
    logitsIndex.put(0, part.length() - 1);
    return tensors(rows(1, part.length()), result(row, 1));
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
    return tensors(rows(1, count), result(0, count));
  }

  /** A run of one token a row. */
  Tensors decode(int rows, int[] tokens, int[] lengths) throws OrtException {
    putRows(rows, tokens, lengths);
    return tensors(rows(rows, 1), result(0, rows));
  }

  /** A run of one token a row and a part of a prompt, whose logits are in the row behind. */
  Tensors decode(int rows, int[] tokens, int[] lengths, PromptPart beside) throws OrtException {
    putRows(rows, tokens, lengths);
    putIds(beside, partIds);
    partSeqlens.put(0, beside.to() - 1);
    partTotal.put(0, beside.to());
    logitsIndex.put(rows, rows + beside.length() - 1);
    Tensors run = tensors(rows(rows, 1), result(0, rows + 1));
    run.inputs.putAll(part(beside.length()));
    return run;
  }

  void readLogits(int row, float[] into) {
    logits.get(row * vocabulary, into);
  }

  @Override
  public void close() {
    rowTensors.values().forEach(StepInputs::close);
    partTensors.values().forEach(StepInputs::close);
    results.values().forEach(result -> close(Map.of("index", result.index, LOGITS, result.logits)));
    rowTensors.clear();
    partTensors.clear();
    results.clear();
  }

  private void putRows(int rows, int[] tokens, int[] lengths) {
    int longest = 0;
    for (int row = 0; row < rows; row++) {
      inputIds.put(row, tokens[row]);
      seqlens.put(row, lengths[row]);
      logitsIndex.put(row, row);
      longest = Math.max(longest, lengths[row] + 1);
    }
    total.put(0, longest);
  }

  private static void putIds(PromptPart part, LongBuffer ids) {
    for (int i = part.from(); i < part.to(); i++) {
      ids.put(i - part.from(), part.prompt().id(i));
    }
  }

  private static Tensors tensors(Map<String, OnnxTensor> rows, Result result) {
    Map<String, OnnxTensor> inputs = new HashMap<>(rows);
    inputs.put("logits_index", result.index);
    return new Tensors(inputs, result.logits);
  }

  private Map<String, OnnxTensor> rows(int rows, int tokens) throws OrtException {
    Rows size = new Rows(rows, tokens);
    Map<String, OnnxTensor> made = rowTensors.get(size);
    if (made == null) {
      made =
          Map.of(
              "input_ids", tensor(inputIds.slice(0, rows * tokens), rows, tokens),
              "seqlens_k", tensor(seqlens.slice(0, rows), rows),
              "total_sequence_length", tensor(total));
      rowTensors.put(size, made);
    }
    return made;
  }

  private Map<String, OnnxTensor> part(int tokens) throws OrtException {
    Map<String, OnnxTensor> made = partTensors.get(tokens);
    if (made == null) {
      made =
          Map.of(
              "part_ids", tensor(partIds.slice(0, tokens), tokens),
              "part_seqlens_k", tensor(partSeqlens, 1),
              "part_total_sequence_length", tensor(partTotal));
      partTensors.put(tokens, made);
    }
    return made;
  }

  private Result result(int first, int count) throws OrtException {
    Positions positions = new Positions(first, count);
    Result made = results.get(positions);
    if (made == null) {
      FloatBuffer rows = logits.slice(first * vocabulary, count * vocabulary);
      made =
          new Result(
              tensor(logitsIndex.slice(0, count), count),
              OnnxTensor.createTensor(environment, rows, new long[] {count, vocabulary}));
      results.put(positions, made);
    }
    return made;
  }

  private OnnxTensor tensor(LongBuffer values, long... shape) throws OrtException {
    return OnnxTensor.createTensor(environment, values, shape);
  }

  private OnnxTensor tensor(IntBuffer values, long... shape) throws OrtException {
    return OnnxTensor.createTensor(environment, values, shape);
  }

  private static void close(Map<String, OnnxTensor> tensors) {
    tensors.values().forEach(OnnxTensor::close);
  }

  private static LongBuffer longs(int count) {
    return direct(Long.BYTES, count).asLongBuffer();
  }

  private static IntBuffer ints(int count) {
    return direct(Integer.BYTES, count).asIntBuffer();
  }

  private static ByteBuffer direct(int size, int count) {
    return ByteBuffer.allocateDirect(size * count).order(ByteOrder.nativeOrder());
  }
}
