package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import java.util.List;

/**
 * Brings the weights of a Hugging Face folder into the layout that graphs expect: linear layers are
 * [outputs, inputs], and where queries, keys and values are one matrix, all queries stand first and
 * all values last. Biases whose elements may have to be put in another order are columns [n, 1].
 * Norms multiply by their weights, where Gemma's by 1 more.
 */
final class CanonicalTensors {
  /** The layers that GPT-2 stores as [inputs, outputs], transformers' Conv1D. */
  private static final List<String> TRANSPOSED_IN_GPT2 =
      List.of(
          ".attn.c_attn.weight", ".attn.c_proj.weight", ".mlp.c_fc.weight", ".mlp.c_proj.weight");

  private static final List<String> COLUMNS_IN_LLAMA =
      List.of(".q_proj.bias", ".k_proj.bias", ".v_proj.bias");

  private static final String NORM = "norm.weight";

  private CanonicalTensors() {}

  static Tensor of(Architecture architecture, Tensor tensor) {
    return switch (architecture) {
      case LlamaConfig config -> ofLlama(config, tensor);
      case Gpt2Config config ->
          TRANSPOSED_IN_GPT2.stream().anyMatch(tensor.name()::endsWith)
              ? tensor.transposed()
              : tensor;
      case GptNeoXConfig config -> ofGptNeoX(config, tensor);
      default -> tensor;
    };
  }

  private static Tensor ofLlama(LlamaConfig config, Tensor tensor) {
    if (COLUMNS_IN_LLAMA.stream().anyMatch(tensor.name()::endsWith)) {
      return tensor.asColumn();
    }
    boolean oneIsLeftOut = config.name().startsWith("gemma") && tensor.name().endsWith(NORM);
    return oneIsLeftOut ? tensor.plus(1) : tensor;
  }

  private static Tensor ofGptNeoX(GptNeoXConfig config, Tensor tensor) {
    if (tensor.name().endsWith(".attention.query_key_value.weight")) {
      return byKind(config, tensor, tensor.rows());
    }
    if (tensor.name().endsWith(".attention.query_key_value.bias")) {
      return byKind(config, tensor.asColumn(), tensor.columns());
    }
    return tensor;
  }

  /** From head by head, each with its query, key and value, to kind by kind. */
  private static Tensor byKind(GptNeoXConfig config, Tensor tensor, long rows) {
    int headSize = config.headSize();
    long width = config.hiddenSize();
    if (rows != 3 * width) {
      throw new ImportException(
          "tensor %s has shape %s, the configuration asks for %,d rows"
              .formatted(tensor.name(), tensor.shape(), 3 * width));
    }
    return tensor.withRowOrder(
        row -> {
          long kind = row / width;
          long head = row % width / headSize;
          return (head * 3 + kind) * headSize + row % headSize;
        });
  }
}
