package io.weft.gateway.zeroshot;

import io.weft.gateway.backend.LabelScore;
import io.weft.gateway.models.Model;
import io.weft.runtime.error.WeftException;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a model of natural language inference says of hypotheses, as transformers'
 * ZeroShotClassificationPipeline reads it.
 *
 * @param entailment index of the label that a hypothesis follows
 * @param contradiction index of the label that it does not
 */
record Entailment(int entailment, int contradiction) {
  /**
   * The model's labels: entailment is the first that begins with "entail", ignoring case;
   * contradiction is the first of all, or the last where that one is the entailment.
   *
   * @throws WeftException.Unsupported when the model has none, or no other
   */
  static Entailment of(Model model) {
    List<String> labels = model.labels();
    for (int i = 0; i < labels.size(); i++) {
      if (labels.size() > 1 && labels.get(i).toLowerCase(Locale.ROOT).startsWith("entail")) {
        return new Entailment(i, i == 0 ? labels.size() - 1 : 0);
      }
    }
    throw new WeftException.Unsupported(
        "MODEL_LACKS_TASK",
        "model '%s' cannot classify by other labels: none of its %,d begins with 'entail'"
            .formatted(model.name(), labels.size()),
        Map.of("param", "model"));
  }

  /** For each hypothesis by itself, how likely it is: entailment against contradiction. */
  double[] each(List<List<LabelScore>> logits) {
    return logits.stream()
        .mapToDouble(
            labels -> 1 / (1 + Math.exp(logit(labels, contradiction) - logit(labels, entailment))))
        .toArray();
  }

  /** How likely each hypothesis is where one of them is true: the softmax of their entailments. */
  double[] together(List<List<LabelScore>> logits) {
    double[] scores = logits.stream().mapToDouble(labels -> logit(labels, entailment)).toArray();
    double max = Double.NEGATIVE_INFINITY;
    for (double score : scores) {
      max = Math.max(max, score);
    }
    double sum = 0;
    for (int i = 0; i < scores.length; i++) {
      scores[i] = Math.exp(scores[i] - max);
      sum += scores[i];
    }
    for (int i = 0; i < scores.length; i++) {
      scores[i] /= sum;
    }
    return scores;
  }

  private static double logit(List<LabelScore> labels, int index) {
    for (LabelScore label : labels) {
      if (label.index() == index) {
        return label.score();
      }
    }
    throw new WeftException.Internal(
        "the encoder gave %,d labels without index %,d".formatted(labels.size(), index), null);
  }
}
