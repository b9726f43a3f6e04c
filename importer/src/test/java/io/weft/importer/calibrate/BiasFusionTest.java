package io.weft.importer.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.List;
import org.junit.jupiter.api.Test;

class BiasFusionTest {
  private static final NodeProto PRODUCT =
      node("DynamicQuantizeMatMul", "product", "x", "weights", "steps");

  private static final NodeProto ADD = node("Add", "sum", "product", "bias");

  @Test
  void theProductAddsItsBias() {
    assertThat(fused(PRODUCT, ADD, node("Gelu", "y", "sum")))
        .containsExactly(
            node("DynamicQuantizeMatMul", "sum", "x", "weights", "steps", "", "bias").toBuilder()
                .setName("product")
                .build(),
            node("Gelu", "y", "sum"));
  }

  @Test
  void alsoUnderTheProductOfItsOutliers() {
    NodeProto gemm = node("Gemm", "both", "chosen", "outliers", "product");

    assertThat(fused(PRODUCT, gemm, node("Add", "sum", "both", "bias")))
        .extracting(NodeProto::getOpType, NodeProto::getInputList, n -> n.getOutput(0))
        .containsExactly(
            tuple("DynamicQuantizeMatMul", List.of("x", "weights", "steps", "", "bias"), "product"),
            tuple("Gemm", List.of("chosen", "outliers", "product"), "sum"));
  }

  @Test
  void notWhatIsReadElsewhere() {
    NodeProto[] twice = {PRODUCT, ADD, node("Gelu", "y", "product")};
    assertThat(fused(twice)).containsExactly(twice);

    GraphProto answered =
        graph(PRODUCT, ADD).toBuilder()
            .addOutput(ValueInfoProto.newBuilder().setName("product"))
            .build();
    assertThat(BiasFusion.run(answered)).isEqualTo(answered);
  }

  @Test
  void notWhatIsNoBias() {
    NodeProto[] matrix = {PRODUCT, node("Add", "sum", "product", "matrix")};
    assertThat(fused(matrix)).containsExactly(matrix);

    NodeProto[] number = {PRODUCT, node("Add", "sum", "product", "number")};
    assertThat(fused(number)).containsExactly(number);

    NodeProto[] other = {node("FusedMatMul", "product", "x", "weights"), ADD};
    assertThat(fused(other)).containsExactly(other);

    NodeProto[] biased = {
      node("DynamicQuantizeMatMul", "product", "x", "weights", "steps", "", "bias"), ADD
    };
    assertThat(fused(biased)).containsExactly(biased);
  }

  private static List<NodeProto> fused(NodeProto... nodes) {
    return BiasFusion.run(graph(nodes)).getNodeList();
  }

  private static GraphProto graph(NodeProto... nodes) {
    return GraphProto.newBuilder()
        .addAllNode(List.of(nodes))
        .addInitializer(TensorProto.newBuilder().setName("steps").addDims(8))
        .addInitializer(TensorProto.newBuilder().setName("bias").addDims(8))
        .addInitializer(TensorProto.newBuilder().setName("number").addDims(1))
        .addInitializer(TensorProto.newBuilder().setName("matrix").addDims(4).addDims(8))
        .build();
  }

  private static NodeProto node(String operator, String output, String... inputs) {
    return GraphFile.node(operator, output, inputs).build();
  }
}
