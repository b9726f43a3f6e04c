package io.weft.importer.graph;

import io.weft.importer.checkpoint.Activation;
import io.weft.importer.checkpoint.BertConfig;
import io.weft.importer.checkpoint.EncoderHead;
import io.weft.importer.checkpoint.Tensor;
import io.weft.importer.graph.GraphBuilder.DataType;
import java.util.List;

/**
 * The pooler and the heads of the BERT family. A sequence is classified by its first token, through
 * a dense layer that each architecture names and bends differently; tokens and answers are scored
 * by one linear layer; masked tokens through a dense layer, a normalisation and a decoder.
 */
final class BertHeads {
  private final BertConfig config;
  private final Layers layers;
  private final HeadLayers head;
  private final String prefix;
  private final Masked masked;

  /**
   * @param prefix of the encoder's tensors
   */
  BertHeads(BertConfig config, Layers layers, String prefix) {
    this.config = config;
    this.layers = layers;
    this.head = new HeadLayers(layers, config.hiddenSize());
    this.prefix = prefix;
    this.masked = masked();
  }

  /**
   * What a masked language model calls its tensors.
   *
   * @param decoder whose weight is the embedding table unless the two are untied
   * @param biases names under which the decoder's bias is found; where a checkpoint has both, which
   *     untied ones do, only the first is added
   */
  private record Masked(
      String dense, Activation activation, String norm, String decoder, List<String> biases) {}

  /** Adds the outputs {@code pooler_output} and {@code logits} where the checkpoint has them. */
  void build(String states) {
    String pooled = layers.has(prefix + "pooler.dense.weight") ? pooler(states) : "";
    switch (config.head().kind()) {
      case NONE -> {}
      case CLASSIFY -> classify(states, pooled);
      case CLASSIFY_TOKENS -> head.classifier(states, "classifier", config.head());
      case ANSWER_SPANS -> head.classifier(states, "qa_outputs", config.head());
      case FILL_MASK -> fillMask(states);
    }
  }

  /** Heads of pre-training, which many checkpoints keep although they are used without them. */
  boolean ignores(String tensor) {
    return tensor.startsWith("cls.seq_relationship.")
        || tensor.startsWith("discriminator_predictions.")
        || masked.biases.contains(tensor)
        || tensor.startsWith(masked.dense + ".")
        || tensor.startsWith(masked.norm + ".")
        || tensor.equals(masked.decoder + ".weight");
  }

  private String pooler(String states) {
    layers.graph().output("pooler_output", DataType.FLOAT, "batch", config.hiddenSize());
    return head.dense(
        head.firstTokens(states),
        prefix + "pooler.dense",
        config.hiddenSize(),
        Activation.TANH,
        "pooler_output");
  }

  private void classify(String states, String pooled) {
    switch (config.variant()) {
      case BERT ->
          head.classifier(pooled.isEmpty() ? pooler(states) : pooled, "classifier", config.head());
      case ROBERTA, XLM_ROBERTA, MPNET -> classify(states, "classifier.dense", Activation.TANH);
      case ELECTRA -> classify(states, "classifier.dense", Activation.GELU);
      case DISTILBERT -> classify(states, "pre_classifier", Activation.RELU);
    }
  }

  private void classify(String states, String dense, Activation activation) {
    String first = head.firstTokens(states);
    String bent = head.dense(first, dense, config.hiddenSize(), activation, dense + ".out");
    String last = dense.equals("classifier.dense") ? "classifier.out_proj" : "classifier";
    head.classifier(bent, last, config.head());
  }

  private void fillMask(String states) {
    int width = config.embeddingSize();
    String chosen = head.chosen(states);
    String bent = head.dense(chosen, masked.dense, width, masked.activation, masked.dense + ".out");
    String normed = head.normalize(bent, masked.norm, width, config.normEpsilon(), true);
    String name = layers.headName(config.tiedDecoder(), table(), masked.decoder + ".weight");
    Tensor weight = layers.take(name, config.vocabularySize(), width);
    String bias =
        masked.biases.stream().filter(layers::has).findFirst().orElse(masked.biases.getFirst());
    head.decoder(normed, name, weight, bias);
  }

  /** The name of the table of tokens. */
  String table() {
    boolean tied = config.head().kind() == EncoderHead.Kind.FILL_MASK && config.tiedDecoder();
    String table = prefix + "embeddings.word_embeddings.weight";
    return layers.tableName(tied, table, masked.decoder + ".weight");
  }

  private Masked masked() {
    return switch (config.variant()) {
      case BERT ->
          new Masked(
              "cls.predictions.transform.dense",
              config.activation(),
              "cls.predictions.transform.LayerNorm",
              "cls.predictions.decoder",
              List.of("cls.predictions.decoder.bias", "cls.predictions.bias"));
      case ROBERTA, XLM_ROBERTA, MPNET ->
          new Masked(
              "lm_head.dense",
              Activation.GELU,
              "lm_head.layer_norm",
              "lm_head.decoder",
              List.of("lm_head.decoder.bias", "lm_head.bias"));
      case DISTILBERT ->
          new Masked(
              "vocab_transform",
              config.activation(),
              "vocab_layer_norm",
              "vocab_projector",
              List.of("vocab_projector.bias"));
      case ELECTRA ->
          new Masked(
              "generator_predictions.dense",
              Activation.GELU,
              "generator_predictions.LayerNorm",
              "generator_lm_head",
              List.of("generator_lm_head.bias"));
    };
  }
}
