package io.weft.importer.calibrate;

import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One linear layer in 8 bits with {@code DynamicQuantizeMatMul}: activations in 8 bits with one
 * scale for a whole batch, weights with a scale for each output.
 *
 * <p>A few input channels are far larger than the others, the same ones for all texts, and make the
 * common scale coarse; they are split off and multiplied in 32-bit floats, as LLM.int8() does
 * (Dettmers et al. 2022, arXiv 2208.07339).
 *
 * @param weights [outputs, columns]
 * @param outliers the channels that are split off
 */
record DynamicLayer(TensorProto weights, List<Integer> outliers) implements Int8Layer {
  /** Relative error of a layer's outputs that is taken. */
  static final double MOST_ERROR = 0.03;

  /** Relative error above which even the largest split is given up and the layer stays fp32. */
  static final double GIVE_UP = 0.06;

  /** Numbers of channels that are tried, the cheapest first. */
  private static final int[] SPLITS = {0, 4, 16};

  private static final int MOST_OUTPUTS = 64;

  /**
   * Picks the smallest split that is good enough.
   *
   * @return null when the layer has to stay in 32-bit floats
   */
  static @org.jspecify.annotations.Nullable DynamicLayer choose(
      TensorProto weights, LayerInput input, BinFile file) throws IOException {
    int rows = Math.toIntExact(weights.getDims(0));
    int columns = Math.toIntExact(weights.getDims(1));
    int stride = Math.max(1, rows / MOST_OUTPUTS);
    int count = Math.min(MOST_OUTPUTS, (rows + stride - 1) / stride);
    float[] some = new float[count * columns];
    for (int i = 0; i < count; i++) {
      float[] row = file.floats(weights, (long) i * stride * columns, columns);
      System.arraycopy(row, 0, some, i * columns, columns);
    }
    double error = Double.POSITIVE_INFINITY;
    DynamicLayer layer = null;
    for (int split : SPLITS) {
      if (split > columns / 4) {
        break;
      }
      layer = new DynamicLayer(weights, largestChannels(input, split));
      error = layer.error(input, some);
      if (error <= MOST_ERROR) {
        return layer;
      }
    }
    return error <= GIVE_UP ? layer : null;
  }

  private static List<Integer> largestChannels(LayerInput input, int count) {
    float[] largest = new float[input.columns()];
    List<Integer> channels = new ArrayList<>();
    for (int i = 0; i < largest.length; i++) {
      largest[i] = Math.max(input.highs()[i], -input.lows()[i]);
      channels.add(i);
    }
    channels.sort((a, b) -> Float.compare(largest[b], largest[a]));
    return List.copyOf(channels.subList(0, count).stream().sorted().toList());
  }

  private double error(LayerInput input, float[] some) {
    int columns = input.columns();
    boolean[] split = split(columns);
    float low = 0;
    float high = 0;
    for (int i = 0; i < columns; i++) {
      low = split[i] ? low : Math.min(low, input.lows()[i]);
      high = split[i] ? high : Math.max(high, input.highs()[i]);
    }
    float scale = Math.max((high - low) / 255, Float.MIN_NORMAL);
    int zero = Math.round(-low / scale);
    float[] changed = new float[input.count() * columns];
    for (int i = 0; i < changed.length; i++) {
      float value = input.rows()[i];
      int code = Math.clamp(Math.round(value / scale) + zero, 0, 255);
      changed[i] = split[i % columns] ? value : scale * (code - zero);
    }
    float[] changedWeights = some.clone();
    for (int from = 0; from < some.length; from += columns) {
      float[] rest = rest(some, from, split);
      float step = PairRange.step(rest, 0, columns);
      for (int i = 0; i < columns; i++) {
        if (!split[i]) {
          changedWeights[from + i] = step * PairRange.code(rest[i], step);
        }
      }
    }
    return RoundingError.allRows(input, changed, some, changedWeights);
  }

  private boolean[] split(int columns) {
    boolean[] split = new boolean[columns];
    outliers.forEach(channel -> split[channel] = true);
    return split;
  }

  /** One row of weights without the channels that are split off. */
  private static float[] rest(float[] rows, int from, boolean[] split) {
    float[] rest = Arrays.copyOfRange(rows, from, from + split.length);
    for (int i = 0; i < rest.length; i++) {
      rest[i] = split[i] ? 0 : rest[i];
    }
    return rest;
  }

  @Override
  public List<TensorProto> write(BinFile from, BinFile to) throws IOException {
    int rows = Math.toIntExact(weights.getDims(0));
    int columns = Math.toIntExact(weights.getDims(1));
    boolean[] split = split(columns);
    byte[] codes = new byte[Math.multiplyExact(rows, columns)];
    float[] steps = new float[rows];
    float[] outlierWeights = new float[outliers.size() * rows];
    for (int row = 0; row < rows; row++) {
      float[] values = from.floats(weights, (long) row * columns, columns);
      float[] rest = rest(values, 0, split);
      steps[row] = PairRange.step(rest, 0, columns);
      for (int i = 0; i < columns; i++) {
        codes[i * rows + row] = PairRange.code(rest[i], steps[row]);
      }
      for (int i = 0; i < outliers.size(); i++) {
        outlierWeights[i * rows + row] = values[outliers.get(i)];
      }
    }
    List<TensorProto> tensors = new ArrayList<>();
    String name = weights.getName();
    long offset = to.align();
    to.append(codes);
    tensors.add(
        GraphFile.external(
            name + ".int8", TensorProto.DataType.INT8, offset, codes.length, columns, rows));
    tensors.add(floats(to, name + ".steps", steps, rows));
    if (!outliers.isEmpty()) {
      float[] mask = new float[columns];
      Arrays.fill(mask, 1);
      outliers.forEach(channel -> mask[channel] = 0);
      tensors.add(floats(to, name + ".mask", mask, columns));
      tensors.add(floats(to, name + ".outliers", outlierWeights, outliers.size(), rows));
      TensorProto.Builder channels =
          TensorProto.newBuilder()
              .setName(name + ".channels")
              .setDataType(TensorProto.DataType.INT64.getNumber())
              .addDims(outliers.size());
      outliers.forEach(channels::addInt64Data);
      tensors.add(channels.build());
    }
    return tensors;
  }

  private static TensorProto floats(BinFile file, String name, float[] values, long... dimensions)
      throws IOException {
    long offset = file.align();
    file.append(values);
    return GraphFile.external(
        name, TensorProto.DataType.FLOAT, offset, (long) values.length * Float.BYTES, dimensions);
  }

  @Override
  public List<NodeProto> nodes(NodeProto product) {
    String name = weights.getName();
    String input = product.getInput(0);
    String output = product.getOutput(0);
    if (outliers.isEmpty()) {
      return List.of(dynamic(output, input));
    }
    return List.of(
        GraphFile.node("Mul", output + ".masked", input, name + ".mask").build(),
        dynamic(output + ".int8", output + ".masked"),
        GraphFile.node("Gather", output + ".chosen", input, name + ".channels")
            .addAttribute(GraphFile.attribute("axis", 1))
            .build(),
        GraphFile.node("Gemm", output, output + ".chosen", name + ".outliers", output + ".int8")
            .build());
  }

  private NodeProto dynamic(String output, String input) {
    String name = weights.getName();
    return GraphFile.node("DynamicQuantizeMatMul", output, input, name + ".int8", name + ".steps")
        .setDomain("com.microsoft")
        .setDocString(PAIR_RANGE)
        .build();
  }
}
