package io.weft.importer.onnx;

import ai.onnx.proto.OnnxMl;
import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Looks at every node and every tensor of a graph, those of graphs within it too (protobuf bounds
 * how deep they lie). Owned by the thread that walks.
 */
final class GraphWalk {
  /** Names that a model folder gives to other files, or that could be mistaken for them. */
  private static final Pattern TAKEN =
      Pattern.compile("model\\.(json|onnx)|tokenizer\\.json|chat_template\\.jinja|.*\\.part");

  private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

  private final Path file;
  private final Set<String> domains;
  private final Set<Path> externalFiles = new TreeSet<>();
  private final Map<OnnxMl.TensorProto.DataType, Long> bytes =
      new EnumMap<>(OnnxMl.TensorProto.DataType.class);
  private boolean fourBits;

  /**
   * @param file of the graph, named in errors; external files lie beside it
   * @param domains of operators that may run
   */
  GraphWalk(Path file, Set<String> domains) {
    this.file = file;
    this.domains = domains;
  }

  void graph(OnnxMl.GraphProto graph) {
    graph.getInitializerList().forEach(this::tensor);
    if (graph.getSparseInitializerCount() > 0) {
      throw new ImportException(file + " has sparse weights, which is not supported");
    }
    for (OnnxMl.NodeProto node : graph.getNodeList()) {
      if (!domains.contains(node.getDomain())) {
        throw new ImportException(
            "%s has an operator %s of the domain '%s'; supported: ai.onnx, com.microsoft"
                .formatted(file, node.getOpType(), node.getDomain()));
      }
      fourBits |= isFourBits(node);
      for (OnnxMl.AttributeProto attribute : node.getAttributeList()) {
        if (attribute.hasT()) {
          tensor(attribute.getT());
        }
        attribute.getTensorsList().forEach(this::tensor);
        if (attribute.hasG()) {
          graph(attribute.getG());
        }
        attribute.getGraphsList().forEach(this::graph);
      }
    }
  }

  private static boolean isFourBits(OnnxMl.NodeProto node) {
    return node.getOpType().equals("MatMulNBits")
        && node.getAttributeList().stream()
            .anyMatch(attribute -> attribute.getName().equals("bits") && attribute.getI() == 4);
  }

  private void tensor(OnnxMl.TensorProto tensor) {
    OnnxMl.TensorProto.DataType type = OnnxMl.TensorProto.DataType.forNumber(tensor.getDataType());
    if (type == null || type == OnnxMl.TensorProto.DataType.UNDEFINED) {
      throw new ImportException(
          "%s: tensor %s has no known type (%d)"
              .formatted(file, tensor.getName(), tensor.getDataType()));
    }
    long size = tensor.getRawData().size();
    if (tensor.getDataLocation() == OnnxMl.TensorProto.DataLocation.EXTERNAL) {
      size = external(tensor);
    }
    bytes.merge(type, size, Long::sum);
  }

  /** Checks where a tensor's content lies and returns its size. */
  private long external(OnnxMl.TensorProto tensor) {
    String location = "";
    long offset = 0;
    long length = -1;
    for (OnnxMl.StringStringEntryProto entry : tensor.getExternalDataList()) {
      switch (entry.getKey()) {
        case "location" -> location = entry.getValue();
        case "offset" -> offset = number(tensor, entry);
        case "length" -> length = number(tensor, entry);
        default -> {}
      }
    }
    if (!PLAIN_NAME.matcher(location).matches() || TAKEN.matcher(location).matches()) {
      throw new ImportException(
          "%s: tensor %s lies in the file '%s', which is refused: it must be a plain name beside it"
              .formatted(file, tensor.getName(), location));
    }
    Path path = file.resolveSibling(location);
    long available = sizeOf(tensor, path);
    if (offset > available || length > available - offset) {
      throw new ImportException(
          "%s: tensor %s lies at %,d, %,d bytes, but %s has %,d"
              .formatted(file, tensor.getName(), offset, length, location, available));
    }
    externalFiles.add(path);
    return length < 0 ? available - offset : length;
  }

  private long number(OnnxMl.TensorProto tensor, OnnxMl.StringStringEntryProto entry) {
    if (!entry.getValue().matches("\\d{1,18}")) {
      throw new ImportException(
          "%s: tensor %s has the %s '%s', which is no number of bytes"
              .formatted(file, tensor.getName(), entry.getKey(), entry.getValue()));
    }
    return Long.parseLong(entry.getValue());
  }

  private long sizeOf(OnnxMl.TensorProto tensor, Path path) {
    try {
      if (!Files.isRegularFile(path)) {
        throw new ImportException(
            "%s: tensor %s lies in the file %s, which is missing"
                .formatted(file, tensor.getName(), path.getFileName()));
      }
      return Files.size(path);
    } catch (IOException e) {
      throw new ImportException("cannot read %s: %s".formatted(path, e), e);
    }
  }

  List<Path> externalFiles() {
    return List.copyOf(externalFiles);
  }

  /** The number format that most bytes of weights have. */
  String dtype() {
    long eight = size(OnnxMl.TensorProto.DataType.INT8) + size(OnnxMl.TensorProto.DataType.UINT8);
    long half = size(OnnxMl.TensorProto.DataType.FLOAT16);
    long single = size(OnnxMl.TensorProto.DataType.FLOAT);
    if (eight > half && eight > single) {
      return fourBits ? "int4" : "int8";
    }
    return half > single ? "fp16" : "fp32";
  }

  private long size(OnnxMl.TensorProto.DataType type) {
    return bytes.getOrDefault(type, 0L);
  }
}
