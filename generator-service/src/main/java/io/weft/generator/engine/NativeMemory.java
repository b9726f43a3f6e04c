package io.weft.generator.engine;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A large block of zeroed memory of which only the pages that are touched take room: the C library
 * takes a block of this size fresh from the system. (Java's own direct memory is zeroed by writing
 * to all of it.) The owner closes it.
 */
final class NativeMemory implements AutoCloseable {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle CALLOC =
      function("calloc", FunctionDescriptor.of(ADDRESS, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle FREE = function("free", FunctionDescriptor.ofVoid(ADDRESS));

  /** Linux only: elsewhere memory that was touched stays. */
  private static final @Nullable MethodHandle MADVISE =
      System.getProperty("os.name", "").toLowerCase(Locale.ROOT).equals("linux")
          ? function("madvise", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT))
          : null;

  private static final int MADV_DONTNEED = 4;
  private static final int MADV_NOHUGEPAGE = 15;

  /** Of the system, in bytes; only where there is {@link #MADVISE}. */
  static final long PAGE = MADVISE == null ? 1 : pageSize();

  private final MemorySegment segment;

  private NativeMemory(MemorySegment segment) {
    this.segment = segment;
  }

  /**
   * Reserves memory.
   *
   * @throws IllegalArgumentException when the system refuses
   */
  static NativeMemory allocate(long bytes) {
    MemorySegment block;
    try {
      block = (MemorySegment) CALLOC.invokeExact(1L, bytes);
    } catch (Throwable e) {
      throw new IllegalStateException("calloc", e);
    }
    if (block.equals(MemorySegment.NULL)) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "the system refuses %,d bytes of memory", bytes));
    }
    NativeMemory memory = new NativeMemory(block.reinterpret(bytes));
    // A huge page would take room for thousands of tokens that are not there.
    memory.advise(0, bytes, MADV_NOHUGEPAGE);
    return memory;
  }

  MemorySegment segment() {
    return segment;
  }

  /** Gives the whole pages in a range back to the system; they read as zero, or as before. */
  void release(long offset, long bytes) {
    advise(offset, bytes, MADV_DONTNEED);
  }

  @Override
  public void close() {
    try {
      FREE.invokeExact(segment);
    } catch (Throwable e) {
      throw new IllegalStateException("free", e);
    }
  }

  private void advise(long offset, long bytes, int advice) {
    if (MADVISE == null) {
      return;
    }
    long start = segment.address() + offset;
    long from = (start + PAGE - 1) / PAGE * PAGE;
    long to = (start + bytes) / PAGE * PAGE;
    if (to <= from) {
      return;
    }
    try {
      // Only advice: where the system does not take it, memory stays in use.
      int _ = (int) MADVISE.invokeExact(MemorySegment.ofAddress(from), to - from, advice);
    } catch (Throwable e) {
      throw new IllegalStateException("madvise", e);
    }
  }

  private static int pageSize() {
    try {
      return (int) function("getpagesize", FunctionDescriptor.of(JAVA_INT)).invokeExact();
    } catch (Throwable e) {
      throw new IllegalStateException("getpagesize", e);
    }
  }

  private static MethodHandle function(String name, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor);
  }
}
