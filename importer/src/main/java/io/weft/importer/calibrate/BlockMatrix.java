package io.weft.importer.calibrate;

import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The weights of a {@code MatMulNBits} node, read back as floats.
 *
 * @param zeroPoints packed row by row; null where the middle of the range stands for 0
 */
record BlockMatrix(
    TensorProto codes,
    TensorProto scales,
    @Nullable TensorProto zeroPoints,
    int rows,
    int columns,
    int bits,
    int blockSize) {
  static BlockMatrix of(GraphFile file, NodeProto node) {
    boolean hasZeroPoints = node.getInputCount() > 3 && !node.getInput(3).isEmpty();
    return new BlockMatrix(
        file.initializer(node.getInput(1)),
        file.initializer(node.getInput(2)),
        hasZeroPoints ? file.initializer(node.getInput(3)) : null,
        GraphFile.number(node, "N", 0),
        GraphFile.number(node, "K", 0),
        GraphFile.number(node, "bits", 4),
        GraphFile.number(node, "block_size", 0));
  }

  private int blocks() {
    return (columns + blockSize - 1) / blockSize;
  }

  /** One row, [columns]. */
  float[] row(BinFile file, int row) throws IOException {
    int rowBytes = blocks() * blockSize * bits / 8;
    ByteBuffer packed = file.bytes(codes, (long) row * rowBytes, rowBytes);
    float[] steps = file.floats(scales, (long) row * blocks(), blocks());
    int zeroBytes = (blocks() * bits + 7) / 8;
    ByteBuffer zeros =
        zeroPoints == null ? null : file.bytes(zeroPoints, (long) row * zeroBytes, zeroBytes);
    float[] values = new float[columns];
    for (int i = 0; i < columns; i++) {
      int block = i / blockSize;
      int zero = zeros == null ? 1 << (bits - 1) : code(zeros, block);
      values[i] = steps[block] * (code(packed, i) - zero);
    }
    return values;
  }

  /** Rows 0, stride, 2 * stride and so on, at most {@code most} of them, behind each other. */
  float[] rows(BinFile file, int stride, int most) throws IOException {
    int count = Math.min(most, (rows + stride - 1) / stride);
    float[] values = new float[count * columns];
    for (int i = 0; i < count; i++) {
      System.arraycopy(row(file, i * stride), 0, values, i * columns, columns);
    }
    return values;
  }

  private int code(ByteBuffer packed, int index) {
    int bit = index * bits;
    return (packed.get(bit / 8) & 0xFF) >> bit % 8 & ((1 << bits) - 1);
  }
}
