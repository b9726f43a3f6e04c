package io.weft.importer.onnx;

import ai.onnx.proto.OnnxMl;
import io.weft.importer.error.ImportException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * An encoder's graph as exporters write it, checked: padded rows in, states or scores out, and
 * nothing in it that ONNX Runtime would run without us knowing what it is.
 *
 * @param file the graph
 * @param outputs last dimension of each output by its name; 0 where the graph leaves it open
 * @param dtype number format of most of its weights: {@code fp32}, {@code fp16}, {@code int8},
 *     {@code int4}
 * @param externalFiles weights beside the graph
 */
public record ExportedGraph(
    Path file, Map<String, Integer> outputs, String dtype, List<Path> externalFiles) {
  /** An output: a vector a token, [batch, sequence, hidden]. */
  public static final String LAST_HIDDEN_STATE = "last_hidden_state";

  /** An output: what a head scores. */
  public static final String LOGITS = "logits";

  private static final String INPUT_IDS = "input_ids";
  private static final String ATTENTION_MASK = "attention_mask";
  private static final Set<String> INPUTS = Set.of(INPUT_IDS, ATTENTION_MASK, "token_type_ids");
  private static final Set<String> OUTPUTS =
      Set.of(LAST_HIDDEN_STATE, LOGITS, "pooler_output", "sentence_embedding");
  private static final Set<String> DOMAINS = Set.of("", "ai.onnx", "com.microsoft");

  public ExportedGraph {
    outputs = Map.copyOf(outputs);
    externalFiles = List.copyOf(externalFiles);
  }

  /**
   * Reads and checks a graph.
   *
   * @throws ImportException when it is no encoder that can be run, and why
   */
  public static ExportedGraph read(Path file) {
    OnnxMl.ModelProto model = GraphFile.read(file);
    if (!model.hasGraph()) {
      throw new ImportException(file + " holds no graph");
    }
    if (model.getFunctionsCount() > 0) {
      throw new ImportException(
          "%s defines functions of its own (%s), which is not supported; export it with"
                  .formatted(file, model.getFunctions(0).getName())
              + " torch.onnx.export(..., dynamo=False)");
    }
    OnnxMl.GraphProto graph = model.getGraph();
    checkInputs(file, graph);
    Map<String, Integer> outputs = outputs(file, graph);
    GraphWalk walk = new GraphWalk(file, DOMAINS);
    walk.graph(graph);
    return new ExportedGraph(file, outputs, walk.dtype(), walk.externalFiles());
  }

  /** Old exporters list weights among the inputs; those are none. */
  private static void checkInputs(Path file, OnnxMl.GraphProto graph) {
    Set<String> weights = new TreeSet<>();
    graph.getInitializerList().forEach(weight -> weights.add(weight.getName()));
    Map<String, OnnxMl.ValueInfoProto> inputs = new TreeMap<>();
    for (OnnxMl.ValueInfoProto input : graph.getInputList()) {
      if (!weights.contains(input.getName())) {
        inputs.put(input.getName(), input);
      }
    }
    if (!INPUTS.containsAll(inputs.keySet())
        || !inputs.containsKey(INPUT_IDS)
        || !inputs.containsKey(ATTENTION_MASK)) {
      throw new ImportException(
          ("%s has the inputs %s; an encoder has input_ids and attention_mask, and may have"
                  + " token_type_ids")
              .formatted(file, inputs.keySet()));
    }
    inputs.forEach(
        (name, input) -> {
          OnnxMl.TypeProto.Tensor type = input.getType().getTensorType();
          if (type.getElemType() != OnnxMl.TensorProto.DataType.INT64.getNumber()
              || type.getShape().getDimCount() != 2
              || type.getShape().getDimList().stream().anyMatch(dim -> dim.hasDimValue())) {
            throw new ImportException(
                "%s: input %s is %s, it must be INT64 [batch, sequence] with both left open"
                    .formatted(file, name, text(type)));
          }
        });
  }

  private static Map<String, Integer> outputs(Path file, OnnxMl.GraphProto graph) {
    Map<String, Integer> outputs = new TreeMap<>();
    Set<String> found = new TreeSet<>();
    for (OnnxMl.ValueInfoProto output : graph.getOutputList()) {
      found.add(output.getName());
      if (OUTPUTS.contains(output.getName())) {
        outputs.put(output.getName(), lastDimension(file, output));
      }
    }
    if (!outputs.containsKey(LAST_HIDDEN_STATE) && !outputs.containsKey(LOGITS)) {
      throw new ImportException(
          "%s has the outputs %s; an encoder has last_hidden_state or logits"
              .formatted(file, found));
    }
    return outputs;
  }

  private static int lastDimension(Path file, OnnxMl.ValueInfoProto output) {
    OnnxMl.TypeProto.Tensor type = output.getType().getTensorType();
    int rank = type.getShape().getDimCount();
    boolean states = output.getName().equals(LAST_HIDDEN_STATE);
    if (type.getElemType() != OnnxMl.TensorProto.DataType.FLOAT.getNumber()
        || rank < 2
        || rank > 3
        || (states && rank != 3)) {
      throw new ImportException(
          "%s: output %s is %s, it must be FLOAT with %s dimensions"
              .formatted(file, output.getName(), text(type), states ? "3" : "2 or 3"));
    }
    long size = type.getShape().getDim(rank - 1).getDimValue();
    if (size < 0 || size > Integer.MAX_VALUE) {
      throw new ImportException(
          "%s: output %s is %s, which is no shape".formatted(file, output.getName(), text(type)));
    }
    return (int) size;
  }

  private static String text(OnnxMl.TypeProto.Tensor type) {
    OnnxMl.TensorProto.DataType element = OnnxMl.TensorProto.DataType.forNumber(type.getElemType());
    List<String> shape =
        type.getShape().getDimList().stream()
            .map(dim -> dim.hasDimValue() ? Long.toString(dim.getDimValue()) : dim.getDimParam())
            .toList();
    return "%s %s".formatted(element == null ? "of no type" : element, shape);
  }
}
