package io.weft.importer.calibrate;

import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;

/** The weight file, read and appended to. */
final class BinFile implements AutoCloseable {
  private static final int ALIGNMENT = 4_096;
  private static final int COPY = 1 << 20;

  private final FileChannel channel;

  private BinFile(FileChannel channel) {
    this.channel = channel;
  }

  static BinFile open(Path path, OpenOption... options) throws IOException {
    return new BinFile(FileChannel.open(path, options));
  }

  /** Bytes {@code from} to {@code from + count} of a constant. */
  ByteBuffer bytes(TensorProto tensor, long from, int count) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    long at = GraphFile.offset(tensor) + from;
    while (buffer.hasRemaining()) {
      int read = channel.read(buffer, at + buffer.position());
      if (read < 0) {
        throw new EOFException(tensor.getName() + " reaches beyond the weight file");
      }
    }
    return buffer.flip();
  }

  /** Floats {@code from} to {@code from + count} of a constant. */
  float[] floats(TensorProto tensor, long from, int count) throws IOException {
    float[] values = new float[count];
    bytes(tensor, from * Float.BYTES, Math.multiplyExact(count, Float.BYTES))
        .asFloatBuffer()
        .get(values);
    return values;
  }

  /** Starts a new constant at the end and returns its offset. */
  long align() throws IOException {
    long size = channel.size();
    long aligned = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (aligned > size) {
      append(new byte[Math.toIntExact(aligned - size)]);
    }
    return aligned;
  }

  void append(byte[] content) throws IOException {
    append(ByteBuffer.wrap(content));
  }

  void append(float[] values) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    append(bytes);
  }

  private void append(ByteBuffer content) throws IOException {
    while (content.hasRemaining()) {
      channel.write(content, channel.size());
    }
  }

  /** Copies a constant of another file to the end and returns where it begins. */
  long copy(BinFile from, TensorProto tensor) throws IOException {
    long offset = align();
    long length = GraphFile.length(tensor);
    for (long done = 0; done < length; ) {
      int count = (int) Math.min(COPY, length - done);
      append(from.bytes(tensor, done, count));
      done += count;
    }
    return offset;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
