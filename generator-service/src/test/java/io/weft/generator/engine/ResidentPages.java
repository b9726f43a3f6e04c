package io.weft.generator.engine;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;

/** How much of a range of this process' memory takes room, by Linux' {@code /proc/self/pagemap}. */
final class ResidentPages {
  /** In a page's entry: it is in memory, or was and lies in the swap. */
  private static final long IN_USE = 1L << 63 | 1L << 62;

  private ResidentPages() {}

  /** Bytes of all pages in use that the range touches. */
  static long bytes(long address, long bytes) throws IOException {
    long first = address / NativeMemory.PAGE;
    int pages = Math.toIntExact((address + bytes - 1) / NativeMemory.PAGE - first + 1);
    byte[] entries = new byte[pages * Long.BYTES];
    try (RandomAccessFile pagemap = new RandomAccessFile("/proc/self/pagemap", "r")) {
      pagemap.seek(first * Long.BYTES);
      pagemap.readFully(entries);
    }
    LongBuffer each = ByteBuffer.wrap(entries).order(ByteOrder.nativeOrder()).asLongBuffer();
    long used = 0;
    while (each.hasRemaining()) {
      if ((each.get() & IN_USE) != 0) {
        used += NativeMemory.PAGE;
      }
    }
    return used;
  }
}
