package io.weft.importer.graph;

import io.weft.importer.checkpoint.BertVariant;

/**
 * What an architecture of the BERT family calls its tensors, without {@code .weight} and {@code
 * .bias}. Source: the {@code modeling_*.py} of transformers.
 *
 * @param prefix of the encoder's tensors in checkpoints with a head
 * @param layers prefix of the layers, followed by their index
 * @param attention names within a layer
 * @param up the first feed-forward layer
 * @param down the second
 * @param norm the normalisation behind them
 */
public record BertNames(
    String prefix, String layers, Attention attention, String up, String down, String norm) {
  /** Names within a layer: the projections and the normalisation behind them. */
  public record Attention(String query, String key, String value, String output, String norm) {}

  /** MPNet's table of biases by relative position, behind the prefix. */
  public static final String RELATIVE_BIAS = "encoder.relative_attention_bias.weight";

  private static final Attention ATTENTION =
      new Attention(
          "attention.self.query",
          "attention.self.key",
          "attention.self.value",
          "attention.output.dense",
          "attention.output.LayerNorm");

  private static final Attention MPNET =
      new Attention(
          "attention.attn.q",
          "attention.attn.k",
          "attention.attn.v",
          "attention.attn.o",
          "attention.LayerNorm");

  public static BertNames of(BertVariant variant) {
    return switch (variant) {
      case BERT -> bert("bert.");
      case ROBERTA, XLM_ROBERTA -> bert("roberta.");
      case ELECTRA -> bert("electra.");
      case MPNET -> bert("mpnet.").with(MPNET);
      case DISTILBERT ->
          new BertNames(
              "distilbert.",
              "transformer.layer.",
              new Attention(
                  "attention.q_lin",
                  "attention.k_lin",
                  "attention.v_lin",
                  "attention.out_lin",
                  "sa_layer_norm"),
              "ffn.lin1",
              "ffn.lin2",
              "output_layer_norm");
    };
  }

  private BertNames with(Attention other) {
    return new BertNames(prefix, layers, other, up, down, norm);
  }

  private static BertNames bert(String prefix) {
    return new BertNames(
        prefix,
        "encoder.layer.",
        ATTENTION,
        "intermediate.dense",
        "output.dense",
        "output.LayerNorm");
  }
}
