package io.weft.importer.checkpoint;

/** Reads the {@code config.json} of the Llama family. */
final class LlamaConfigs {
  private LlamaConfigs() {}

  static LlamaConfig read(ConfigJson config) {
    config.require("hidden_act", "silu", "silu");
    config.refuse("attention_bias");
    config.refuse("mlp_bias");
    int hidden = config.integer("hidden_size", Limits.WIDTH);
    int heads = config.integer("num_attention_heads", Limits.HEADS);
    int headSize = config.integer("head_dim", Limits.WIDTH, Math.max(1, hidden / heads));
    return new LlamaConfig(
        config.integer("vocab_size", Limits.VOCABULARY),
        config.integer("max_position_embeddings", Limits.CONTEXT),
        hidden,
        config.integer("intermediate_size", Limits.WIDTH),
        config.integer("num_hidden_layers", Limits.LAYERS),
        heads,
        config.integer("num_key_value_heads", Limits.HEADS, heads),
        headSize,
        config.positive("rms_norm_eps", 1e-6),
        config.flag("tie_word_embeddings", false),
        Floats.asList(Rotary.frequencies(config, headSize)));
  }
}
