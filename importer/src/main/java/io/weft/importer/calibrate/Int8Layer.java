package io.weft.importer.calibrate;

import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.util.List;

/** How one linear layer computes in 8 bits. */
sealed interface Int8Layer permits DynamicLayer, TokenLayer {
  /**
   * What the documentation of a node with these weights promises, and the runtime's kernel proof
   * relies on. Processors with AVX2 but without VNNI multiply unsigned activations with signed
   * weights and add each two neighbours' products in 16 bits: 255 times a sum of 128 still fits.
   */
  String PAIR_RANGE = "each two neighbouring weights add up to within [-128, 128]";

  /** Constants that the nodes need, written to the weight file where they are large. */
  List<TensorProto> write(BinFile from, BinFile to) throws IOException;

  /** The nodes instead of a product with these weights. */
  List<NodeProto> nodes(NodeProto product);
}
