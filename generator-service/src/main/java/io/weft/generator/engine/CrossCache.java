package io.weft.generator.engine;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The keys and values that decoder layers attend to in the inputs of all slots: for each layer two
 * tensors of shape (slots, heads, width, headSize).
 *
 * <p>The model reads every place of a row, those beyond its input too, only to mask them. So width
 * is not that of the longest input there may be but of the longest there is, rounded up to a power
 * of two; when that changes, what is there moves. Memory is reserved for the longest at once, and
 * taken from the system as inputs come.
 *
 * <p>Owns the memory and the tensors. Mutable; belongs to the engine's thread.
 */
final class CrossCache implements AutoCloseable {
  static final String LENGTHS = "encoder_lengths";

  private static final int LEAST_WIDTH = 32;

  /** Memory of inputs this wide is kept when they have gone, so that others reuse it as it is. */
  private static final int KEPT_WIDTH = 256;

  /** A range of slots. */
  private record Range(int first, int count) {}

  private final CacheShape shape;
  private final OrtEnvironment environment;
  private final NativeMemory memory;

  /** Tokens of each slot's input; 0 for a free slot. */
  private final IntBuffer lengths;

  /** Which input a slot holds: two slots with the same number hold the same keys and values. */
  private final long[] inputs;

  /** Of the present width. */
  private final Map<Range, Map<String, OnnxTensor>> views = new HashMap<>();

  private int width;
  private long lastInput;

  /**
   * @param shape its capacity is the longest input
   */
  CrossCache(CacheShape shape, OrtEnvironment environment) {
    this.shape = shape;
    this.environment = environment;
    this.memory = NativeMemory.allocate(shape.bytes());
    this.lengths =
        ByteBuffer.allocateDirect(shape.slots() * Integer.BYTES)
            .order(ByteOrder.nativeOrder())
            .asIntBuffer();
    this.inputs = new long[shape.slots()];
    this.width = widthFor(1);
  }

  /** What the model calls a tensor. */
  static String name(int tensor) {
    return "cross." + tensor / 2 + (tensor % 2 == 0 ? ".key" : ".value");
  }

  /** What the model calls all of them. */
  static Set<String> names(CacheShape shape) {
    return IntStream.range(0, shape.tensors())
        .mapToObj(CrossCache::name)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Places of a row now. */
  int width() {
    return width;
  }

  /**
   * Some slots, as inputs of the model by name, with the lengths of their inputs.
   *
   * @return tensors that are valid until the next call of another method
   */
  Map<String, OnnxTensor> slots(int first, int count) throws OrtException {
    Range range = new Range(first, count);
    Map<String, OnnxTensor> view = views.get(range);
    if (view == null) {
      view = newView(range);
      views.put(range, view);
    }
    return view;
  }

  /**
   * Stores an input in a slot.
   *
   * @param tokens of the input, 1 to the capacity
   * @param encoded shape (tensors, heads, tokens, headSize), the tensors in the order of layers,
   *     each layer's keys before its values
   */
  void put(int slot, int tokens, MemorySegment encoded) {
    lengths.put(slot, 0);
    fit(tokens);
    long bytes = tokens * shape.tokenBytes();
    long from = 0;
    for (int tensor = 0; tensor < shape.tensors(); tensor++) {
      for (int head = 0; head < shape.kvHeads(); head++) {
        long to = offset(tensor, slot, head, width);
        MemorySegment.copy(encoded, from, memory.segment(), to, bytes);
        from += bytes;
      }
    }
    lengths.put(slot, tokens);
    inputs[slot] = ++lastInput;
  }

  /** One slot's input becomes another's too; nothing is copied when it is that already. */
  void copy(int from, int to) {
    int tokens = lengths.get(from);
    if (inputs[from] != inputs[to]) {
      MemorySegment all = memory.segment();
      long bytes = tokens * shape.tokenBytes();
      for (int tensor = 0; tensor < shape.tensors(); tensor++) {
        for (int head = 0; head < shape.kvHeads(); head++) {
          long source = offset(tensor, from, head, width);
          MemorySegment.copy(all, source, all, offset(tensor, to, head, width), bytes);
        }
      }
      inputs[to] = inputs[from];
    }
    lengths.put(to, tokens);
    fit(0);
  }

  /** A slot is no longer used. */
  void free(int slot) {
    lengths.put(slot, 0);
    inputs[slot] = 0;
    fit(0);
  }

  @Override
  public void close() {
    closeViews();
    memory.close();
  }

  /**
   * Gives rows the width that the inputs need.
   *
   * @param tokens of an input that comes, or 0
   */
  private void fit(int tokens) {
    int longest = tokens;
    for (int slot = 0; slot < shape.slots(); slot++) {
      longest = Math.max(longest, lengths.get(slot));
    }
    int next = widthFor(longest);
    if (next == width) {
      return;
    }
    closeViews();
    boolean wider = next > width;
    int rows = shape.slots() * shape.kvHeads();
    for (int tensor = 0; tensor < shape.tensors(); tensor++) {
      // In an order in which no row is overwritten before it has moved.
      for (int i = 0; i < rows; i++) {
        moveRow(tensor, wider ? rows - 1 - i : i, next);
      }
      if (width > KEPT_WIDTH && !wider) {
        long kept = (long) rows * Math.max(next, KEPT_WIDTH) * shape.tokenBytes();
        memory.release(tensor * shape.tensorBytes() + kept, shape.tensorBytes() - kept);
      }
    }
    width = next;
  }

  private void moveRow(int tensor, int row, int next) {
    int slot = row / shape.kvHeads();
    int head = row % shape.kvHeads();
    long bytes = lengths.get(slot) * shape.tokenBytes();
    MemorySegment all = memory.segment();
    MemorySegment.copy(
        all, offset(tensor, slot, head, width), all, offset(tensor, slot, head, next), bytes);
  }

  private int widthFor(int tokens) {
    int rounded = Integer.highestOneBit(Math.max(1, tokens - 1)) << 1;
    return Math.min(shape.capacity(), Math.max(LEAST_WIDTH, rounded));
  }

  private Map<String, OnnxTensor> newView(Range range) throws OrtException {
    long[] dimensions = {range.count(), shape.kvHeads(), width, shape.headSize()};
    Map<String, OnnxTensor> view = new LinkedHashMap<>();
    long bytes = (long) range.count() * shape.kvHeads() * width * shape.tokenBytes();
    for (int tensor = 0; tensor < shape.tensors(); tensor++) {
      ByteBuffer buffer =
          memory
              .segment()
              .asSlice(offset(tensor, range.first(), 0, width), bytes)
              .asByteBuffer()
              .order(ByteOrder.nativeOrder());
      view.put(name(tensor), shape.tensor(environment, buffer, dimensions));
    }
    view.put(
        LENGTHS,
        OnnxTensor.createTensor(
            environment, lengths.slice(range.first(), range.count()), new long[] {range.count()}));
    return view;
  }

  private void closeViews() {
    views.values().forEach(view -> view.values().forEach(OnnxTensor::close));
    views.clear();
  }

  private long offset(int tensor, int slot, int head, int rowWidth) {
    long row = (long) slot * shape.kvHeads() + head;
    return tensor * shape.tensorBytes() + row * rowWidth * shape.tokenBytes();
  }
}
