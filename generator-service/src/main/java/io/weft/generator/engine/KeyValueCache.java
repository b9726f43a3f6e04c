package io.weft.generator.engine;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The keys and values of all slots: for each layer two tensors of shape (slots, kvHeads, capacity,
 * headSize), which the model reads as its past and writes as its present, in place. Memory is
 * reserved at once but taken from the system only as tokens come.
 *
 * <p>Owns the memory and the tensors. Mutable; belongs to the engine's thread.
 */
final class KeyValueCache implements AutoCloseable {
  /** Tokens of a free slot whose memory is kept, so that short sequences reuse it as it is. */
  private static final int KEPT_TOKENS = 256;

  /**
   * Some slots, as the model's inputs and outputs of one run: the same tensors under both names.
   *
   * @param past by input name
   * @param present by output name
   */
  record View(Map<String, OnnxTensor> past, Map<String, OnnxTensor> present) {
    private void close() {
      past.values().forEach(OnnxTensor::close);
    }
  }

  /**
   * A range of slots.
   *
   * @param prefix of the names of its inputs and outputs
   */
  private record Range(int first, int count, String prefix) {}

  private final CacheShape shape;
  private final OrtEnvironment environment;
  private final NativeMemory memory;
  private final Map<Range, View> views = new HashMap<>();

  /** For each slot the most tokens it has held since its memory was given back. */
  private final int[] touched;

  KeyValueCache(CacheShape shape, OrtEnvironment environment) {
    this.shape = shape;
    this.environment = environment;
    this.memory = NativeMemory.allocate(shape.bytes());
    this.touched = new int[shape.slots()];
  }

  CacheShape shape() {
    return shape;
  }

  /**
   * One slot, for a prefill.
   *
   * @param tokens that it will hold after the run
   */
  View slot(int slot, int tokens) throws OrtException {
    touch(slot, tokens);
    return view(new Range(slot, 1, ""));
  }

  /**
   * One slot, for a part of a prompt beside rows.
   *
   * @param tokens that it will hold after the run
   */
  View part(int slot, int tokens) throws OrtException {
    touch(slot, tokens);
    return view(new Range(slot, 1, "part_"));
  }

  /**
   * The slots 0 to rows - 1, for a decode.
   *
   * @param lengths tokens that each holds before the run; it adds one
   */
  View rows(int rows, int[] lengths) throws OrtException {
    for (int slot = 0; slot < rows; slot++) {
      touch(slot, lengths[slot] + 1);
    }
    return view(new Range(0, rows, ""));
  }

  /** Copies the first tokens of a slot to another. */
  void copy(int from, int to, int tokens) {
    touch(to, tokens);
    MemorySegment all = memory.segment();
    long bytes = tokens * shape.tokenBytes();
    for (int tensor = 0; tensor < shape.tensors(); tensor++) {
      for (int head = 0; head < shape.kvHeads(); head++) {
        MemorySegment.copy(all, offset(tensor, from, head), all, offset(tensor, to, head), bytes);
      }
    }
  }

  /** Copies the tokens of a block out of a slot, from token {@code from} on. */
  void save(int slot, int from, MemorySegment block) {
    copyBlock(slot, from, block, true);
  }

  /** Copies the tokens of a block into a slot, from token {@code from} on. */
  void restore(MemorySegment block, int slot, int from) {
    touch(slot, from + ModelRunner.BLOCK_TOKENS);
    copyBlock(slot, from, block, false);
  }

  private void copyBlock(int slot, int from, MemorySegment block, boolean save) {
    MemorySegment all = memory.segment();
    long bytes = ModelRunner.BLOCK_TOKENS * shape.tokenBytes();
    long inBlock = 0;
    for (int tensor = 0; tensor < shape.tensors(); tensor++) {
      for (int head = 0; head < shape.kvHeads(); head++) {
        long inSlot = offset(tensor, slot, head) + from * shape.tokenBytes();
        if (save) {
          MemorySegment.copy(all, inSlot, block, inBlock, bytes);
        } else {
          MemorySegment.copy(block, inBlock, all, inSlot, bytes);
        }
        inBlock += bytes;
      }
    }
  }

  /** Gives back the memory of a slot that is no longer used, but for its first tokens. */
  void free(int slot) {
    if (touched[slot] <= KEPT_TOKENS) {
      return;
    }
    long kept = KEPT_TOKENS * shape.tokenBytes();
    // To the head's end: the last page that was touched, too, is mostly touched in part only.
    long bytes = shape.headBytes() - kept;
    for (int tensor = 0; tensor < shape.tensors(); tensor++) {
      for (int head = 0; head < shape.kvHeads(); head++) {
        memory.release(offset(tensor, slot, head) + kept, bytes);
      }
    }
    touched[slot] = KEPT_TOKENS;
  }

  @Override
  public void close() {
    views.values().forEach(View::close);
    views.clear();
    memory.close();
  }

  private void touch(int slot, int tokens) {
    touched[slot] = Math.max(touched[slot], tokens);
  }

  private View view(Range range) throws OrtException {
    View view = views.get(range);
    if (view == null) {
      view = newView(range);
      views.put(range, view);
    }
    return view;
  }

  private View newView(Range range) throws OrtException {
    long[] dimensions = {range.count(), shape.kvHeads(), shape.capacity(), shape.headSize()};
    Map<String, OnnxTensor> past = new LinkedHashMap<>();
    Map<String, OnnxTensor> present = new LinkedHashMap<>();
    for (int tensor = 0; tensor < shape.tensors(); tensor++) {
      String name = "." + tensor / 2 + (tensor % 2 == 0 ? ".key" : ".value");
      ByteBuffer buffer =
          memory
              .segment()
              .asSlice(offset(tensor, range.first(), 0), range.count() * shape.slotBytes())
              .asByteBuffer()
              .order(ByteOrder.nativeOrder());
      OnnxTensor slots = shape.tensor(environment, buffer, dimensions);
      past.put(range.prefix + "past" + name, slots);
      present.put(range.prefix + "present" + name, slots);
    }
    return new View(past, present);
  }

  private long offset(int tensor, int slot, int head) {
    return tensor * shape.tensorBytes() + slot * shape.slotBytes() + head * shape.headBytes();
  }
}
