package io.weft.importer.checkpoint;

/** Reads the {@code config.json} of BERT. */
final class BertConfigs {
  private BertConfigs() {}

  /**
   * @param maxSequence longest sequence that the checkpoint was tuned for, 0 without such a limit
   */
  static BertConfig read(ConfigJson config, int maxSequence) {
    config.require("hidden_act", "gelu", "gelu");
    config.require("position_embedding_type", "absolute", "absolute");
    config.refuse("is_decoder");
    int positions = config.integer("max_position_embeddings", Limits.CONTEXT);
    return new BertConfig(
        config.integer("vocab_size", Limits.VOCABULARY),
        maxSequence == 0 ? positions : Math.min(maxSequence, positions),
        positions,
        config.integer("type_vocab_size", Limits.WIDTH),
        config.integer("hidden_size", Limits.WIDTH),
        config.integer("intermediate_size", Limits.WIDTH),
        config.integer("num_hidden_layers", Limits.LAYERS),
        config.integer("num_attention_heads", Limits.HEADS),
        config.positive("layer_norm_eps", 1e-12));
  }
}
