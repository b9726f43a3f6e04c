package io.weft.importer.calibrate;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.OrtException;
import com.google.protobuf.ByteString;
import io.weft.importer.check.CacheSample;
import io.weft.importer.error.ImportException;
import io.weft.runtime.model.ModelFolder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Gives a decoder a key/value cache of 8-bit integers: {@code GroupQueryAttention} rounds keys and
 * values as it stores them, and reads them back with one scale for each channel of each head. The
 * scales are constants of the graph, so they come from running it over the bundled text.
 */
public final class CacheInt8 {
  private static final String ATTENTION = "GroupQueryAttention";

  private static final String SCALE = ".scale";

  /** Where the operator takes the cache of keys; that of values is the next. */
  private static final int KEY = 3;

  /** Where the operator takes the scale of keys; that of values is the next. */
  private static final int KEY_SCALE = 12;

  private static final int LARGEST_CODE = 127;

  /** How much larger than all seen a value may be before it is cut. */
  private static final float HEADROOM = 1.25f;

  /** From fewer different tokens nobody can tell how large keys and values become. */
  private static final int FEW_TOKENS = 16;

  private CacheInt8() {}

  /**
   * Rewrites the graph of a folder that was just written.
   *
   * @return what was done, in one line
   * @throws ImportException when the model does not run over the bundled text
   */
  public static String apply(ModelFolder folder) throws IOException {
    CacheSample.Largest sample;
    try {
      sample = CacheSample.largestByChannel(folder);
    } catch (OrtException | IllegalArgumentException e) {
      throw new ImportException(
          "cannot calibrate --kv-cache int8, because the model does not run over the bundled text: "
              + e.getMessage(),
          e);
    }
    GraphFile file = GraphFile.read(folder.graph());
    GraphProto.Builder graph = withBytes(file.graph()).toBuilder();
    sample
        .largest()
        .forEach(
            (cache, channels) ->
                graph.addInitializer(scales(cache + SCALE, channels, folder.manifest().kvHeads())));
    file.write(graph.build(), file.path());
    int scales = sample.largest().values().stream().mapToInt(channels -> channels.length).sum();
    return sample.tokens() < FEW_TOKENS
        ? "the key/value cache is in 8 bits but NOT calibrated: the bundled text has %d different tokens in this tokenizer, too few for %d scales, and other texts may come out wrong"
            .formatted(sample.tokens(), scales)
        : "the key/value cache is in 8 bits, with %d scales from the bundled text"
            .formatted(scales);
  }

  /** A graph, with those within it, whose caches are of bytes. */
  private static GraphProto withBytes(GraphProto graph) {
    GraphProto.Builder changed = graph.toBuilder().clearNode().clearInput().clearOutput();
    for (NodeProto node : graph.getNodeList()) {
      changed.addNode(node.getOpType().equals(ATTENTION) ? withScales(node) : withBranches(node));
    }
    graph.getInputList().forEach(input -> changed.addInput(withBytes(input)));
    graph.getOutputList().forEach(output -> changed.addOutput(withBytes(output)));
    return changed.build();
  }

  private static NodeProto withBranches(NodeProto node) {
    NodeProto.Builder changed = node.toBuilder();
    for (AttributeProto.Builder attribute : changed.getAttributeBuilderList()) {
      if (attribute.hasG()) {
        attribute.setG(withBytes(attribute.getG()));
      }
    }
    return changed.build();
  }

  private static NodeProto withScales(NodeProto node) {
    List<String> inputs = new ArrayList<>(node.getInputList());
    while (inputs.size() < KEY_SCALE) {
      inputs.add("");
    }
    for (int cache : List.of(KEY, KEY + 1)) {
      // Rows and a prompt's part have one scale.
      inputs.add(inputs.get(cache).replaceFirst("^(part_)?past\\.", "") + SCALE);
    }
    return node.toBuilder()
        .clearInput()
        .addAllInput(inputs)
        .addAttribute(text("k_quant_type", "PER_CHANNEL"))
        .addAttribute(text("v_quant_type", "PER_CHANNEL"))
        .addAttribute(GraphFile.attribute("kv_cache_bit_width", Byte.SIZE))
        .build();
  }

  private static AttributeProto text(String name, String value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.STRING)
        .setS(ByteString.copyFromUtf8(value))
        .build();
  }

  /** Shape (heads, 1, head size). */
  private static TensorProto scales(String name, float[] largest, int heads) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(TensorProto.DataType.FLOAT.getNumber())
            .addDims(heads)
            .addDims(1)
            .addDims(largest.length / heads);
    for (float value : largest) {
      tensor.addFloatData(Math.max(value * HEADROOM / LARGEST_CODE, Float.MIN_NORMAL));
    }
    return tensor.build();
  }

  private static ValueInfoProto withBytes(ValueInfoProto value) {
    if (!isCache(value.getName())) {
      return value;
    }
    TypeProto.Tensor.Builder tensor =
        value.getType().getTensorType().toBuilder()
            .setElemType(TensorProto.DataType.INT8.getNumber());
    return value.toBuilder().setType(value.getType().toBuilder().setTensorType(tensor)).build();
  }

  /** Pasts and presents are called so, those of branches too. */
  private static boolean isCache(String name) {
    return name.endsWith(".key") || name.endsWith(".value");
  }
}
