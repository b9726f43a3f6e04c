package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;

/** A cursor over the bytes of a GGUF file that never leaves them. */
final class GgufReader {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MemorySegment bytes;
  private final CharsetDecoder utf8 = StandardCharsets.UTF_8.newDecoder();
  private long position;

  GgufReader(MemorySegment bytes) {
    this.bytes = bytes;
  }

  long size() {
    return bytes.byteSize();
  }

  long position() {
    return position;
  }

  /** The bytes from {@code from} to the current position, as a cursor of their own. */
  GgufReader since(long from) {
    return new GgufReader(bytes.asSlice(from, position - from));
  }

  /** A second cursor over the same bytes, from their start. */
  GgufReader copy() {
    return new GgufReader(bytes);
  }

  int u8(String what) {
    return bytes.get(ValueLayout.JAVA_BYTE, take(1, what)) & 0xff;
  }

  int u16(String what) {
    return bytes.get(SHORT, take(2, what)) & 0xffff;
  }

  long u32(String what) {
    return bytes.get(INT, take(4, what)) & 0xffff_ffffL;
  }

  /** Values past 2^63 come out negative. */
  long u64(String what) {
    return bytes.get(LONG, take(8, what));
  }

  /** A string of at most {@code limit} bytes of UTF-8. */
  String string(String what, int limit) {
    long length = u64(what);
    if (length < 0 || length > limit) {
      throw new ImportException(
          "%s has %s bytes, the limit is %,d"
              .formatted(what, Long.toUnsignedString(length), limit));
    }
    long at = take(length, what);
    byte[] text = bytes.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
    try {
      return utf8.decode(ByteBuffer.wrap(text)).toString();
    } catch (CharacterCodingException e) {
      throw new ImportException(what + " is not UTF-8", e);
    }
  }

  /** Steps over {@code count} bytes. */
  void skip(long count, String what) {
    take(count, what);
  }

  private long take(long count, String what) {
    if (count < 0 || count > bytes.byteSize() - position) {
      throw new ImportException(
          "the file ends at byte %,d, in the middle of %s".formatted(bytes.byteSize(), what));
    }
    long at = position;
    position += count;
    return at;
  }
}
