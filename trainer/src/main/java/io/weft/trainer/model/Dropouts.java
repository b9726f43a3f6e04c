package io.weft.trainer.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.importer.checkpoint.BertVariant;
import io.weft.trainer.data.Task;
import org.jspecify.annotations.Nullable;

/**
 * Shares of values that are zeroed in training, each in [0, 1).
 *
 * @param hidden behind embeddings and linear layers
 * @param attention of attention probabilities
 * @param head before the classifier
 */
public record Dropouts(float hidden, float attention, float head) {
  public static final Dropouts NONE = new Dropouts(0, 0, 0);

  /** The same share everywhere. */
  public static Dropouts of(float share) {
    return new Dropouts(share, share, share);
  }

  /** What config.json asks for, by the names and defaults of transformers. */
  public static Dropouts read(JsonNode config, BertVariant variant, Task task) {
    if (variant == BertVariant.DISTILBERT) {
      float hidden = share(config, "dropout", 0.1f);
      float head = task == Task.TAG ? hidden : share(config, "seq_classif_dropout", 0.2f);
      return new Dropouts(hidden, share(config, "attention_dropout", 0.1f), head);
    }
    float hidden = share(config, "hidden_dropout_prob", 0.1f);
    return new Dropouts(
        hidden,
        share(config, "attention_probs_dropout_prob", 0.1f),
        share(config, "classifier_dropout", hidden));
  }

  private static float share(JsonNode config, String field, float otherwise) {
    @Nullable JsonNode value = config.get(field);
    if (value == null || value.isNull()) {
      return otherwise;
    }
    double share = value.asDouble(-1);
    if (!(share >= 0 && share < 1)) {
      throw new IllegalArgumentException(
          "config.json: %s is %s, it must lie in [0, 1)".formatted(field, value));
    }
    return (float) share;
  }
}
