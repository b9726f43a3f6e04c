package io.weft.importer.calibrate;

import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A linear layer of a decoder in 8 bits: each token's activations are rounded with a step of their
 * own, each output's weights with theirs.
 *
 * <p>With m the largest magnitude of a token's activations x, codes are {@code round(127 x / m) +
 * 128}, and the product of integers is exact. So a token's result does not depend on what else is
 * in the batch, which one step for the whole batch would make it do.
 */
final class TokenLayer implements Int8Layer {
  private static final String MIDDLE = "int8.middle";
  private static final String STEP = "int8.step";
  private static final String LAST_AXIS = "int8.last_axis";

  /** Outputs that stand for all. */
  private static final int MOST_OUTPUTS = 48;

  /** Codes of one matrix are held at once. */
  private static final long MAX_CODES = Integer.MAX_VALUE - 8;

  private final TensorProto weights;
  private final float[] factors;

  /**
   * @param weights [outputs, columns]
   * @param factors what each column of them is multiplied with, because the activations were
   *     divided by it; see {@link Smoothing}
   */
  TokenLayer(TensorProto weights, float[] factors) {
    this.weights = weights;
    this.factors = factors;
  }

  @Override
  public List<TensorProto> write(BinFile from, BinFile to) throws IOException {
    long rows = weights.getDims(0);
    int columns = Math.toIntExact(weights.getDims(1));
    String name = weights.getName();
    if (rows * columns > MAX_CODES) {
      throw new ImportException(
          "%s: %,d rows of %,d values > %,d values are too large for a step a token; --block-size"
                  .formatted(name, rows, columns, MAX_CODES)
              + " writes blocks");
    }
    byte[] codes = new byte[Math.toIntExact(rows * columns)];
    float[] steps = new float[Math.toIntExact(rows)];
    for (int row = 0; row < rows; row++) {
      float[] values = scaledRow(from, row);
      steps[row] = PairRange.step(values, 0, columns);
      for (int i = 0; i < columns; i++) {
        codes[i * (int) rows + row] = PairRange.code(values[i], steps[row]);
      }
    }
    long offset = to.align();
    to.append(codes);
    TensorProto integers =
        GraphFile.external(
            name + ".int8", TensorProto.DataType.INT8, offset, codes.length, columns, rows);
    offset = to.align();
    to.append(steps);
    TensorProto scales =
        GraphFile.external(
            name + ".steps", TensorProto.DataType.FLOAT, offset, rows * Float.BYTES, rows);
    return List.of(
        integers,
        scales,
        scalar(STEP, 1 / 127f),
        constant(MIDDLE, TensorProto.DataType.UINT8, new byte[] {(byte) 128}).build(),
        constant(LAST_AXIS, TensorProto.DataType.INT64, longs(-1)).addDims(1).build());
  }

  private float[] scaledRow(BinFile file, long row) throws IOException {
    float[] values = file.floats(weights, row * factors.length, factors.length);
    for (int i = 0; i < values.length; i++) {
      values[i] *= factors[i];
    }
    return values;
  }

  /** The largest relative error of a token's outputs, measured on some of them. */
  double error(LayerInput input, BinFile file) throws IOException {
    int columns = factors.length;
    long rows = weights.getDims(0);
    int count = (int) Math.min(rows, MOST_OUTPUTS);
    float[] exact = new float[count * columns];
    float[] rounded = new float[count * columns];
    for (int i = 0; i < count; i++) {
      long row = i * (rows / count);
      float[] plain = file.floats(weights, row * columns, columns);
      float[] values = scaledRow(file, row);
      float step = PairRange.step(values, 0, columns);
      for (int j = 0; j < columns; j++) {
        exact[i * columns + j] = plain[j];
        rounded[i * columns + j] = step * PairRange.code(values[j], step);
      }
    }
    return RoundingError.worstRow(input, roundedInput(input), exact, rounded);
  }

  /** The activations, divided by the factors and rounded, [rows, columns]. */
  private float[] roundedInput(LayerInput input) {
    int columns = factors.length;
    float[] rounded = new float[input.count() * columns];
    for (int at = 0; at < rounded.length; at += columns) {
      float largest = 0;
      for (int i = 0; i < columns; i++) {
        rounded[at + i] = input.rows()[at + i] / factors[i];
        largest = Math.max(largest, Math.abs(rounded[at + i]));
      }
      float step = largest / 127;
      for (int i = 0; i < columns && step > 0; i++) {
        rounded[at + i] = step * Math.round(rounded[at + i] / step);
      }
    }
    return rounded;
  }

  /**
   * Those up to the codes of the input are the same for all layers with this input. Of a token
   * whose activations are all 0 the codes mean nothing, and are multiplied by 0.
   */
  @Override
  public List<NodeProto> nodes(NodeProto product) {
    String input = product.getInput(0);
    String output = product.getOutput(0);
    String name = weights.getName();
    String largest = input + ".largest";
    String codes = input + ".codes";
    return List.of(
        GraphFile.node("Abs", input + ".magnitudes", input).build(),
        GraphFile.node("ReduceMax", largest, input + ".magnitudes", LAST_AXIS)
            .addAttribute(GraphFile.attribute("keepdims", 1))
            .build(),
        GraphFile.node("Div", input + ".relative", input, largest).build(),
        GraphFile.node("QuantizeLinear", codes, input + ".relative", STEP, MIDDLE).build(),
        GraphFile.node(
                "MatMulIntegerToFloat",
                output + ".relative",
                codes,
                name + ".int8",
                STEP,
                name + ".steps",
                MIDDLE)
            .setDomain("com.microsoft")
            .setDocString(PAIR_RANGE)
            .build(),
        GraphFile.node("Mul", output, output + ".relative", largest).build());
  }

  private static TensorProto scalar(String name, float value) {
    byte[] bytes =
        ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN).putFloat(0, value).array();
    return constant(name, TensorProto.DataType.FLOAT, bytes).build();
  }

  private static byte[] longs(long value) {
    return ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(0, value).array();
  }

  private static TensorProto.Builder constant(
      String name, TensorProto.DataType type, byte[] content) {
    return TensorProto.newBuilder()
        .setName(name)
        .setDataType(type.getNumber())
        .setRawData(ByteString.copyFrom(content));
  }
}
