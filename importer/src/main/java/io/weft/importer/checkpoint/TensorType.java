package io.weft.importer.checkpoint;

import io.weft.importer.checkpoint.block.BlockFormat;
import io.weft.importer.checkpoint.block.BlockFormats;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How numbers lie in a checkpoint: groups of {@link #blockSize} values in {@link #blockBytes}
 * bytes, little-endian. Types that cannot become floats may stand in a file, but not be imported.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">GGUF</a>
 * @see <a href="https://github.com/huggingface/safetensors#format">safetensors</a>
 */
public enum TensorType {
  F32(0, "F32", 4),
  F16(1, "F16", 2),
  BF16(30, "BF16", 2),
  Q4_0(2, BlockFormats.q4Zero()),
  Q4_1(3, BlockFormats.q4One()),
  Q5_0(6, BlockFormats.q5Zero()),
  Q5_1(7, BlockFormats.q5One()),
  Q8_0(8, BlockFormats.q8Zero()),
  Q4_K(12, BlockFormats.q4K()),
  Q5_K(13, BlockFormats.q5K()),
  Q6_K(14, BlockFormats.q6K()),
  F64(28, "F64", 8),
  I8(24, "I8", 1),
  I16(25, "I16", 2),
  I32(26, "I32", 4),
  I64(27, "I64", 8),
  U8(-1, "U8", 1),
  BOOL(-1, "BOOL", 1);

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final int ggufId;
  private final @Nullable String safetensorsName;
  private final int bytes;

  @SuppressWarnings("ImmutableEnumChecker") // A record of constants.
  private final @Nullable BlockFormat blocks;

  TensorType(int ggufId, String safetensorsName, int bytes) {
    this.ggufId = ggufId;
    this.safetensorsName = safetensorsName;
    this.bytes = bytes;
    this.blocks = null;
  }

  TensorType(int ggufId, BlockFormat blocks) {
    this.ggufId = ggufId;
    this.safetensorsName = null;
    this.bytes = blocks.shape().blockBytes();
    this.blocks = blocks;
  }

  /** Values in a block. */
  public int blockSize() {
    return blocks == null ? 1 : blocks.shape().blockSize();
  }

  /** Bytes of a block. */
  public int blockBytes() {
    return bytes;
  }

  /** How the blocks are laid out; null for plain numbers. */
  @Nullable BlockFormat blocks() {
    return blocks;
  }

  /** Whether values of this type can become floats. */
  boolean isDecodable() {
    return blocks != null || this == F32 || this == F16 || this == BF16;
  }

  /** Turns {@code count} blocks from byte {@code from} of {@code data} into floats. */
  void decode(MemorySegment data, long from, float[] out, int outAt, int count) {
    if (blocks != null) {
      blocks.decode(data, from, out, outAt, count);
      return;
    }
    switch (this) {
      case F32 -> MemorySegment.copy(data, FLOAT, from, out, outAt, count);
      case F16 -> decodeF16(data, from, out, outAt, count);
      case BF16 -> decodeBf16(data, from, out, outAt, count);
      default -> throw new IllegalStateException(this + " has no decoder");
    }
  }

  /** The number of this type that is nearest to {@code value}, which blocks leave as it is. */
  public float nearest(float value) {
    return switch (this) {
      case F16 -> Float.float16ToFloat(Float.floatToFloat16(value));
      case BF16 -> {
        int bits = Float.floatToRawIntBits(value);
        // Half way between two, the one that is even.
        yield Float.intBitsToFloat((bits + 0x7FFF + (bits >>> 16 & 1)) & 0xFFFF0000);
      }
      default -> value;
    };
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

  /** What weights of a GGUF file may have. */
  static List<TensorType> decodable() {
    return Arrays.stream(values()).filter(TensorType::isDecodable).toList();
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
}
