package io.weft.importer.graph;

import io.weft.importer.checkpoint.EncoderHead;
import io.weft.importer.checkpoint.ModernBertConfig;
import io.weft.importer.checkpoint.Tensor;

/**
 * The heads of ModernBERT: a dense layer and a normalisation, the same for all, and the scores. A
 * sequence is classified by its first token or by the mean of its tokens.
 */
final class ModernBertHeads {
  private static final String DECODER = "decoder.weight";
  private static final String DECODER_BIAS = "decoder.bias";

  private final ModernBertConfig config;
  private final Layers layers;
  private final HeadLayers head;
  private final String prefix;

  /**
   * @param prefix of the encoder's tensors
   */
  ModernBertHeads(ModernBertConfig config, Layers layers, String prefix) {
    this.config = config;
    this.layers = layers;
    this.head = new HeadLayers(layers, config.hiddenSize());
    this.prefix = prefix;
  }

  /** Adds the output {@code logits} where the checkpoint has a head. */
  void build(String states, PackedAttention attention) {
    switch (config.head().kind()) {
      case NONE -> {}
      case CLASSIFY -> {
        String pooled =
            config.classifier().meanPooling()
                ? head.means(states, attention.placesWithin())
                : head.firstTokens(states);
        head.classifier(transform(pooled), "classifier", config.head());
      }
      case CLASSIFY_TOKENS, ANSWER_SPANS ->
          head.classifier(transform(states), "classifier", config.head());
      case FILL_MASK -> fillMask(states);
    }
  }

  /** The head of pre-training, which encoders may keep although they are used without it. */
  static boolean ignores(String tensor) {
    return tensor.startsWith("head.") || tensor.equals(DECODER) || tensor.equals(DECODER_BIAS);
  }

  private void fillMask(String states) {
    String name = layers.headName(config.classifier().tiedDecoder(), table(), DECODER);
    Tensor weight = layers.take(name, config.vocabularySize(), config.hiddenSize());
    String bias = config.classifier().decoderBias() ? DECODER_BIAS : GraphBuilder.NONE;
    head.decoder(transform(head.chosen(states)), name, weight, bias);
  }

  /** The name of the table of tokens. */
  String table() {
    boolean masked = config.head().kind() == EncoderHead.Kind.FILL_MASK;
    boolean tied = masked && config.classifier().tiedDecoder();
    return layers.tableName(tied, prefix + "embeddings.tok_embeddings.weight", DECODER);
  }

  private String transform(String input) {
    int width = config.hiddenSize();
    Tensor weight = layers.take("head.dense.weight", width, width);
    Tensor bias = config.classifier().denseBias() ? layers.take("head.dense.bias", width) : null;
    String sums = layers.plainLinear(input, "head.dense", weight, bias, "head.dense.sums");
    String bent = layers.activation(sums, config.classifier().activation(), "head.dense");
    return head.normalize(bent, "head.norm", width, config.normEpsilon(), config.biases().norm());
  }
}
