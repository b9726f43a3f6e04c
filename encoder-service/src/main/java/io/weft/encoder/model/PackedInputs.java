package io.weft.encoder.model;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * The tensors of a packed batch (docs/model-folder.md, "Encoder graphs") in direct buffers that are
 * allocated once and filled anew for every run. Owned by the thread that runs the model.
 */
final class PackedInputs {
  /** Segments of the tokens; only of models that have them. */
  static final String TYPE_IDS = "token_type_ids";

  /** Positions whose vocabulary a masked language model scores; none where nobody asks. */
  static final String LOGITS_INDEX = "logits_index";

  private final int capacity;
  private final int hiddenSize;
  private final LongBuffer ids;
  private final LongBuffer typeIds;
  private final LongBuffer positions;
  private final LongBuffer scatter;
  private final LongBuffer gather;
  private final LongBuffer scored;
  private final IntBuffer lengths;
  private final FloatBuffer states;
  private int tokens;
  private int scoredTokens;
  private int rows;
  private int longest;

  /**
   * @param capacity most places of a batch: rows × longest row, at least 1
   * @param hiddenSize width of one state
   */
  PackedInputs(int capacity, int hiddenSize) {
    this.capacity = capacity;
    this.hiddenSize = hiddenSize;
    this.ids = longs(capacity);
    this.typeIds = longs(capacity);
    this.positions = longs(capacity);
    this.scatter = longs(capacity);
    this.gather = longs(capacity);
    this.scored = longs(capacity);
    this.lengths = direct(capacity, Integer.BYTES).asIntBuffer();
    this.states = direct(Math.multiplyExact(capacity, hiddenSize), Float.BYTES).asFloatBuffer();
  }

  /** Buffers of the same sizes, for another thread. */
  PackedInputs another() {
    return new PackedInputs(capacity, hiddenSize);
  }

  /** Fills the buffers: sequences stand one behind the other, and each has its row of places. */
  void pack(List<TokenSequence> batch) {
    rows = batch.size();
    longest = batch.stream().mapToInt(TokenSequence::length).max().orElse(0);
    if (longest == 0 || (long) rows * longest > capacity) {
      throw new IllegalArgumentException(
          "%d sequences of up to %d tokens do not fit %d places"
              .formatted(rows, longest, capacity));
    }
    int token = 0;
    scoredTokens = 0;
    for (int row = 0; row < rows; row++) {
      TokenSequence sequence = batch.get(row);
      int length = sequence.length();
      int place = row * longest;
      lengths.put(row, length);
      for (int i = 0; i < longest; i++) {
        // Padding may name any token: attention reads only the first `length` places of a row.
        scatter.put(place + i, i < length ? token + i : token);
      }
      for (int i = 0; i < sequence.scoredCount(); i++) {
        scored.put(scoredTokens++, token + sequence.scored(i));
      }
      for (int i = 0; i < length; i++, token++) {
        ids.put(token, sequence.id(i));
        typeIds.put(token, sequence.typeId(i));
        positions.put(token, i);
        gather.put(token, place + i);
      }
    }
    tokens = token;
  }

  /**
   * The packed batch as tensors over the buffers; the caller closes them.
   *
   * @param declared names of the graph's inputs: it gets no others
   */
  Map<String, OnnxTensor> tensors(OrtEnvironment environment, Set<String> declared)
      throws OrtException {
    long[] perToken = {tokens};
    Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
    tensors.put("input_ids", tensor(environment, ids, perToken));
    if (declared.contains(TYPE_IDS)) {
      tensors.put(TYPE_IDS, tensor(environment, typeIds, perToken));
    }
    if (declared.contains(LOGITS_INDEX)) {
      tensors.put(LOGITS_INDEX, tensor(environment, scored, scoredTokens));
    }
    tensors.put("position_ids", tensor(environment, positions, perToken));
    tensors.put(
        "lengths", OnnxTensor.createTensor(environment, lengths.slice(0, rows), new long[] {rows}));
    tensors.put("scatter", tensor(environment, scatter, rows, longest));
    tensors.put("gather", tensor(environment, gather, perToken));
    return tensors;
  }

  /**
   * The output's tensor, shape (tokens, hidden size), over {@link #states()}; the caller closes it.
   */
  OnnxTensor output(OrtEnvironment environment) throws OrtException {
    return OnnxTensor.createTensor(
        environment, states.slice(0, tokens * hiddenSize), new long[] {tokens, hiddenSize});
  }

  /** Positions of the packed batch at which the vocabulary is to be scored. */
  int scoredTokens() {
    return scoredTokens;
  }

  /** Where the run writes its output. */
  FloatBuffer states() {
    return states;
  }

  private static OnnxTensor tensor(OrtEnvironment environment, LongBuffer values, long... shape)
      throws OrtException {
    int size = Math.toIntExact(LongStream.of(shape).reduce(1, Math::multiplyExact));
    return OnnxTensor.createTensor(environment, values.slice(0, size), shape);
  }

  private static LongBuffer longs(int count) {
    return direct(count, Long.BYTES).asLongBuffer();
  }

  private static ByteBuffer direct(int count, int width) {
    return ByteBuffer.allocateDirect(Math.multiplyExact(count, width))
        .order(ByteOrder.nativeOrder());
  }
}
