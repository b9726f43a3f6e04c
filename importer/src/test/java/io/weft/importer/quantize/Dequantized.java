package io.weft.importer.quantize;

/** Reads blocks back as ONNX Runtime's MatMulNBits does, and adds minimums. */
final class Dequantized {
  private Dequantized() {}

  /** One row, padding included. */
  static float[] row(BlockRows rows, int row) {
    BlockLayout layout = rows.layout();
    int blocks = layout.blocks(rows.columns());
    float[] values = new float[blocks * layout.blockSize()];
    for (int i = 0; i < values.length; i++) {
      int block = i / layout.blockSize();
      int integer = packed(rows.integers(), row * layout.rowBytes(rows.columns()), i, layout);
      int zero =
          layout.hasZeroPoints()
              ? packed(
                  rows.zeroPoints(), row * layout.zeroPointBytes(rows.columns()), block, layout)
              : 1 << (layout.bits() - 1);
      values[i] = (integer - zero) * rows.scales()[row * blocks + block];
      if (layout.hasMinimums()) {
        values[i] += rows.minimums()[row * blocks + block];
      }
    }
    return values;
  }

  private static int packed(byte[] bytes, int at, int index, BlockLayout layout) {
    return layout.bits() == 8
        ? bytes[at + index] & 0xff
        : (bytes[at + index / 2] >> (index % 2 * 4)) & 15;
  }
}
