package io.weft.generator.engine;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import java.util.Map;

/**
 * What the tokens of a slot attend to beside each other: an encoder's reading of the slot's input.
 * Belongs to the engine's thread; the model's runner closes it.
 */
sealed interface CrossAttention extends AutoCloseable permits EncodedInputs, CrossAttention.None {
  /** Of a decoder alone. */
  CrossAttention NONE = new None();

  /** Tokens of the longest input; 0 when there is no encoder. */
  int capacity();

  /** Bytes when every slot holds the longest input. */
  long bytes();

  /** Reads an input for a slot. */
  void encode(int slot, Prompt input);

  /** The model's further inputs for a run of some slots, by name. */
  Map<String, OnnxTensor> slots(int first, int count) throws OrtException;

  /** One slot's input becomes another's too. */
  void copy(int from, int to);

  /** A slot is no longer used. */
  void free(int slot);

  @Override
  void close();

  /** There is no encoder. */
  final class None implements CrossAttention {
    private None() {}

    @Override
    public int capacity() {
      return 0;
    }

    @Override
    public long bytes() {
      return 0;
    }

    @Override
    public void encode(int slot, Prompt input) {
      throw new IllegalStateException("the model has no encoder");
    }

    @Override
    public Map<String, OnnxTensor> slots(int first, int count) {
      return Map.of();
    }

    @Override
    public void copy(int from, int to) {}

    @Override
    public void free(int slot) {}

    @Override
    public void close() {}
  }
}
