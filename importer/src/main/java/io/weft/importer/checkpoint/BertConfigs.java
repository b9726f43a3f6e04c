package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the {@code config.json} of the BERT family. */
final class BertConfigs {
  private BertConfigs() {}

  /**
   * @param maxSequence longest sequence that the checkpoint was tuned for, 0 without such a limit
   * @param tensors all names of the checkpoint; null where they are not known
   */
  static BertConfig read(
      ConfigJson config, BertVariant variant, int maxSequence, @Nullable Set<String> tensors) {
    EncoderHead head = EncoderHeads.read(config, tensors, variant.maskedHead());
    config.refuse("is_decoder");
    config.refuse("add_cross_attention");
    return variant == BertVariant.DISTILBERT
        ? readDistilBert(config, head, maxSequence)
        : read(config, variant, head, maxSequence);
  }

  private static BertConfig read(
      ConfigJson config, BertVariant variant, EncoderHead head, int maxSequence) {
    config.require("position_embedding_type", "absolute", "absolute");
    if (variant == BertVariant.MPNET) {
      checkBuckets(config);
    }
    int positions = config.integer("max_position_embeddings", Limits.CONTEXT);
    int firstPosition = firstPosition(config, variant, positions);
    int hidden = config.integer("hidden_size", Limits.WIDTH);
    return new BertConfig(
        variant,
        head,
        config.integer("vocab_size", Limits.VOCABULARY),
        contextLength(maxSequence, positions - firstPosition),
        positions,
        firstPosition,
        variant == BertVariant.MPNET ? 0 : config.integer("type_vocab_size", Limits.WIDTH, 2),
        variant == BertVariant.ELECTRA
            ? config.integer("embedding_size", Limits.WIDTH, 128)
            : hidden,
        hidden,
        config.integer("intermediate_size", Limits.WIDTH),
        config.integer("num_hidden_layers", Limits.LAYERS),
        config.integer("num_attention_heads", Limits.HEADS),
        Activation.read(config, "hidden_act", "gelu"),
        config.positive("layer_norm_eps", 1e-12),
        config.flag("tie_word_embeddings", true));
  }

  private static BertConfig readDistilBert(ConfigJson config, EncoderHead head, int maxSequence) {
    int positions = config.integer("max_position_embeddings", Limits.CONTEXT);
    int hidden = config.integer("dim", Limits.WIDTH);
    return new BertConfig(
        BertVariant.DISTILBERT,
        head,
        config.integer("vocab_size", Limits.VOCABULARY),
        contextLength(maxSequence, positions),
        positions,
        0,
        0,
        hidden,
        hidden,
        config.integer("hidden_dim", Limits.WIDTH),
        config.integer("n_layers", Limits.LAYERS),
        config.integer("n_heads", Limits.HEADS),
        Activation.read(config, "activation", "gelu"),
        1e-12f,
        config.flag("tie_word_embeddings", true));
  }

  /**
   * RoBERTa counts positions from the one behind its padding token, as fairseq did; see {@code
   * create_position_ids_from_input_ids} in transformers.
   */
  private static int firstPosition(ConfigJson config, BertVariant variant, int positions) {
    int padding =
        switch (variant) {
          case ROBERTA, XLM_ROBERTA -> config.index("pad_token_id", Limits.VOCABULARY, 1);
          // Whatever config.json says.
          case MPNET -> 1;
          case BERT, DISTILBERT, ELECTRA -> -1;
        };
    if (padding + 1 >= positions) {
      throw new ImportException(
          "config.json: pad_token_id %,d leaves no position of the %,d in max_position_embeddings"
              .formatted(padding, positions));
    }
    return padding + 1;
  }

  /** MPNet's model counts with as many buckets as usual, whatever config.json says. */
  private static void checkBuckets(ConfigJson config) {
    String field = "relative_attention_num_buckets";
    int buckets = config.integer(field, Limits.WIDTH, BertConfig.RELATIVE_BUCKETS);
    if (buckets != BertConfig.RELATIVE_BUCKETS) {
      throw new ImportException(
          "config.json: %s %,d is not supported; supported: %d"
              .formatted(field, buckets, BertConfig.RELATIVE_BUCKETS));
    }
  }

  private static int contextLength(int maxSequence, int usable) {
    return maxSequence == 0 ? usable : Math.min(maxSequence, usable);
  }
}
