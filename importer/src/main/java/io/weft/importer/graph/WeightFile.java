package io.weft.importer.graph;

import io.weft.importer.error.ImportException;
import io.weft.importer.graph.GraphBuilder.DataType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * {@code model.bin}: tensors one behind the other, each at a multiple of {@link #ALIGNMENT} so that
 * ONNX Runtime can map it. Written front to back through one small buffer.
 */
public final class WeightFile implements AutoCloseable {
  /** Bytes; the page size that ONNX external data asks for. */
  public static final int ALIGNMENT = 4_096;

  private final FileChannel channel;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
  private long position;

  private WeightFile(FileChannel channel) {
    this.channel = channel;
  }

  /** Creates the file, which must not exist. */
  public static WeightFile create(Path path) throws IOException {
    return new WeightFile(
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
  }

  /** Fills up to the next multiple of {@link #ALIGNMENT} and returns it. */
  long align() {
    while (position % ALIGNMENT != 0) {
      room(1);
      buffer.put((byte) 0);
      position++;
    }
    return position;
  }

  long position() {
    return position;
  }

  void write(float[] values, int count) {
    for (int i = 0; i < count; ) {
      room(Float.BYTES);
      int n = Math.min(count - i, buffer.remaining() / Float.BYTES);
      buffer.asFloatBuffer().put(values, i, n);
      buffer.position(buffer.position() + n * Float.BYTES);
      i += n;
    }
    position += (long) count * Float.BYTES;
  }

  /**
   * Writes floats as {@code type}.
   *
   * @param tensor whose values these are
   * @throws ImportException when the type does not reach as far as a value
   */
  void write(String tensor, float[] values, int count, DataType type) {
    if (type == DataType.FLOAT16) {
      writeHalves(tensor, values, count);
    } else {
      write(values, count);
    }
  }

  private void writeHalves(String tensor, float[] values, int count) {
    for (int i = 0; i < count; i++) {
      short half = Float.floatToFloat16(values[i]);
      if (Float.isInfinite(Float.float16ToFloat(half))) {
        throw new ImportException(
            "tensor %s: the value %s is beyond fp16, which ends at 65504; use another --dtype"
                .formatted(tensor, values[i]));
      }
      room(Short.BYTES);
      buffer.putShort(half);
    }
    position += (long) count * Short.BYTES;
  }

  void write(byte[] values, int count) {
    for (int i = 0; i < count; ) {
      room(1);
      int n = Math.min(count - i, buffer.remaining());
      buffer.put(values, i, n);
      i += n;
    }
    position += count;
  }

  private void room(int bytes) {
    if (buffer.remaining() < bytes) {
      flush();
    }
  }

  private void flush() {
    buffer.flip();
    try {
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    buffer.clear();
  }

  /** Writes what is left and forces it to disk. */
  @Override
  public void close() throws IOException {
    try (channel) {
      flush();
      channel.force(true);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
