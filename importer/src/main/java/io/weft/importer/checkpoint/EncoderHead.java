package io.weft.importer.checkpoint;

import io.weft.runtime.model.ModelManifest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an encoder has on top of its hidden states.
 *
 * @param labels names of a classification head's outputs, by index; empty for other heads
 * @param problemType how a sequence classification head was trained, as in the manifest; null for
 *     other heads
 * @param activation what makes a pair's score of the logit, as in the manifest; null for heads that
 *     do not give a sequence one label
 */
public record EncoderHead(
    Kind kind, List<String> labels, @Nullable String problemType, @Nullable String activation) {
  public EncoderHead {
    labels = List.copyOf(labels);
  }

  /** Heads by what they score. */
  public enum Kind {
    /** Nothing. */
    NONE,
    /** Labels of a sequence. */
    CLASSIFY,
    /** Labels of each token. */
    CLASSIFY_TOKENS,
    /** Each token as the start and as the end of an answer. */
    ANSWER_SPANS,
    /** The vocabulary at chosen positions. */
    FILL_MASK
  }

  /** What the model can be asked for, as in the manifest. */
  List<String> tasks() {
    return switch (kind) {
      case NONE -> List.of(ModelManifest.TASK_EMBED);
      case CLASSIFY -> List.of(ModelManifest.TASK_CLASSIFY);
      case CLASSIFY_TOKENS -> List.of(ModelManifest.TASK_CLASSIFY_TOKENS);
      case ANSWER_SPANS -> List.of(ModelManifest.TASK_ANSWER_SPANS);
      case FILL_MASK -> List.of(ModelManifest.TASK_EMBED, ModelManifest.TASK_FILL_MASK);
    };
  }
}
