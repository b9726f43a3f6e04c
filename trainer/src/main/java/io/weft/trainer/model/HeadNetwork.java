package io.weft.trainer.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import io.weft.importer.checkpoint.Activation;
import io.weft.importer.checkpoint.BertConfig;
import io.weft.importer.checkpoint.BertVariant;
import io.weft.importer.graph.BertNames;
import io.weft.trainer.data.Task;
import java.util.List;

/**
 * The head that each architecture has in transformers: a dense layer over the first token and a
 * classifier, or a classifier over every token.
 *
 * <p>Shapes: B sequences, L tokens, D hidden size, C labels.
 */
final class HeadNetwork {
  private final Task task;
  private final Names names;

  HeadNetwork(BertConfig config, Task task) {
    this.task = task;
    this.names = Names.of(config.variant(), task);
  }

  /**
   * What the layers of a head are called, without {@code .weight} and {@code .bias}.
   *
   * @param dense (D,D) over the first token; empty for a head of tokens
   * @param dropsBefore whether values are dropped before the dense layer too
   * @param classifier (C,D)
   */
  record Names(String dense, Activation activation, boolean dropsBefore, String classifier) {
    static Names of(BertVariant variant, Task task) {
      if (task == Task.TAG) {
        return new Names("", Activation.TANH, false, "classifier");
      }
      return switch (variant) {
        case BERT ->
            new Names(
                BertNames.of(variant).prefix() + "pooler.dense",
                Activation.TANH,
                false,
                "classifier");
        case ROBERTA, XLM_ROBERTA, MPNET ->
            new Names("classifier.dense", Activation.TANH, true, "classifier.out_proj");
        case ELECTRA -> new Names("classifier.dense", Activation.GELU, true, "classifier.out_proj");
        case DISTILBERT -> new Names("pre_classifier", Activation.RELU, false, "classifier");
      };
    }

    /** The layers in their order. */
    List<String> layers() {
      return dense.isEmpty() ? List.of(classifier) : List.of(dense, classifier);
    }
  }

  /** (B,L,D) to (B,C), or to (B,L,C) where tokens are tagged. */
  NDArray logits(Pass pass, NDArray states) {
    float share = pass.dropouts().head();
    NDArray input = states;
    if (task != Task.TAG) {
      NDArray first = states.get(new NDIndex(":,0"));
      first = names.dropsBefore() ? Ops.dropout(first, share) : first;
      input = Ops.activate(linear(pass, first, names.dense()), names.activation());
    }
    return linear(pass, Ops.dropout(input, share), names.classifier());
  }

  private static NDArray linear(Pass pass, NDArray input, String name) {
    return Ops.linear(input, pass.get(name + ".weight"), pass.get(name + ".bias"));
  }
}
