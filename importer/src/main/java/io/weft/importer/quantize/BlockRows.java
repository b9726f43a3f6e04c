package io.weft.importer.quantize;

/** Room for some rows of one matrix in blocks, ready to be written. */
public final class BlockRows {
  private final BlockLayout layout;
  private final int columns;
  private final byte[] integers;
  private final float[] scales;
  private final byte[] zeroPoints;
  private final float[] minimums;

  public BlockRows(BlockLayout layout, int rows, int columns) {
    this.layout = layout;
    this.columns = columns;
    int blocks = Math.multiplyExact(rows, layout.blocks(columns));
    integers = new byte[Math.multiplyExact(rows, layout.rowBytes(columns))];
    scales = new float[blocks];
    zeroPoints = new byte[layout.hasZeroPoints() ? rows * layout.zeroPointBytes(columns) : 0];
    minimums = new float[layout.hasMinimums() ? blocks : 0];
  }

  public BlockLayout layout() {
    return layout;
  }

  /** Values in a row. */
  public int columns() {
    return columns;
  }

  /** The packed integers, [rows, rowBytes]. */
  public byte[] integers() {
    return integers;
  }

  /** [rows, blocks]. */
  public float[] scales() {
    return scales;
  }

  /** [rows, zeroPointBytes]; empty unless the layout has zero points. */
  public byte[] zeroPoints() {
    return zeroPoints;
  }

  /** [rows, blocks]; empty unless the layout has minimums. */
  public float[] minimums() {
    return minimums;
  }

  /** Sets one integer, which was 0 before; {@code column} counts the padding too. */
  void set(int row, int column, int value) {
    int at = row * layout.rowBytes(columns);
    if (layout.bits() == 8) {
      integers[at + column] = (byte) value;
    } else {
      integers[at + column / 2] |= (byte) (value << (column % 2 * 4));
    }
  }

  /** Sets the zero point of one block, which was 0 before. */
  void setZeroPoint(int row, int block, int value) {
    int at = row * layout.zeroPointBytes(columns);
    if (layout.bits() == 8) {
      zeroPoints[at + block] = (byte) value;
    } else {
      zeroPoints[at + block / 2] |= (byte) (value << (block % 2 * 4));
    }
  }
}
