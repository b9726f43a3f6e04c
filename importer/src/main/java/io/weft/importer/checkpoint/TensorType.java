package io.weft.importer.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * How numbers lie in a checkpoint: groups of {@link #blockSize} values in {@link #blockBytes}
 * bytes, little-endian. Types without a decoder may stand in a file, but not be imported.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">GGUF</a>
 * @see <a href="https://github.com/huggingface/safetensors#format">safetensors</a>
 */
public enum TensorType {
  F32(0, "F32", 1, 4, true),
  F16(1, "F16", 1, 2, true),
  BF16(30, "BF16", 1, 2, true),
  /** 32 values: minimum and step as halves, then 4-bit steps above the minimum. */
  Q4_1(3, null, 32, 20, true),
  /** 32 values: one scale as a half, then signed bytes. */
  Q8_0(8, null, 32, 34, true),
  F64(28, "F64", 1, 8, false),
  I8(24, "I8", 1, 1, false),
  I16(25, "I16", 1, 2, false),
  I32(26, "I32", 1, 4, false),
  I64(27, "I64", 1, 8, false),
  U8(-1, "U8", 1, 1, false),
  BOOL(-1, "BOOL", 1, 1, false);

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final int ggufId;
  private final @Nullable String safetensorsName;
  private final int blockSize;
  private final int blockBytes;
  private final boolean decodable;

  TensorType(
      int ggufId,
      @Nullable String safetensorsName,
      int blockSize,
      int blockBytes,
      boolean decodable) {
    this.ggufId = ggufId;
    this.safetensorsName = safetensorsName;
    this.blockSize = blockSize;
    this.blockBytes = blockBytes;
    this.decodable = decodable;
  }

  /** Values in a block. */
  public int blockSize() {
    return blockSize;
  }

  /** Bytes of a block. */
  public int blockBytes() {
    return blockBytes;
  }

  /** Whether values of this type can become floats. */
  boolean isDecodable() {
    return decodable;
  }

  /** Turns {@code blocks} blocks from byte {@code from} of {@code data} into floats. */
  void decode(MemorySegment data, long from, float[] out, int outAt, int blocks) {
    switch (this) {
      case F32 -> decodeF32(data, from, out, outAt, blocks);
      case F16 -> decodeF16(data, from, out, outAt, blocks);
      case BF16 -> decodeBf16(data, from, out, outAt, blocks);
      case Q4_1 -> decodeQ41(data, from, out, outAt, blocks);
      case Q8_0 -> decodeQ80(data, from, out, outAt, blocks);
      case F64, I8, I16, I32, I64, U8, BOOL ->
          throw new IllegalStateException(this + " has no decoder");
    }
  }

  static @Nullable TensorType ofGguf(int id) {
    for (TensorType type : values()) {
      if (type.ggufId == id && id >= 0) {
        return type;
      }
    }
    return null;
  }

  static @Nullable TensorType ofSafetensors(String name) {
    for (TensorType type : values()) {
      if (name.equals(type.safetensorsName)) {
        return type;
      }
    }
    return null;
  }

  private static void decodeF32(MemorySegment data, long from, float[] out, int at, int n) {
    MemorySegment.copy(data, FLOAT, from, out, at, n);
  }

  private static void decodeF16(MemorySegment data, long from, float[] out, int at, int n) {
    for (int i = 0; i < n; i++) {
      out[at + i] = Float.float16ToFloat(data.get(SHORT, from + 2L * i));
    }
  }

  private static void decodeBf16(MemorySegment data, long from, float[] out, int at, int n) {
    for (int i = 0; i < n; i++) {
      out[at + i] = Float.intBitsToFloat(data.get(SHORT, from + 2L * i) << 16);
    }
  }

  private static void decodeQ41(MemorySegment data, long from, float[] out, int at, int blocks) {
    for (int b = 0; b < blocks; b++, from += 20, at += 32) {
      float step = Float.float16ToFloat(data.get(SHORT, from));
      float minimum = Float.float16ToFloat(data.get(SHORT, from + 2));
      for (int i = 0; i < 16; i++) {
        int pair = data.get(ValueLayout.JAVA_BYTE, from + 4 + i);
        out[at + i] = (pair & 15) * step + minimum;
        out[at + i + 16] = (pair >> 4 & 15) * step + minimum;
      }
    }
  }

  private static void decodeQ80(MemorySegment data, long from, float[] out, int at, int blocks) {
    for (int b = 0; b < blocks; b++, from += 34, at += 32) {
      float scale = Float.float16ToFloat(data.get(SHORT, from));
      for (int i = 0; i < 32; i++) {
        out[at + i] = data.get(ValueLayout.JAVA_BYTE, from + 2 + i) * scale;
      }
    }
  }
}
