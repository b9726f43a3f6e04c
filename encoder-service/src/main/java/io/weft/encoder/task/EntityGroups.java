package io.weft.encoder.task;

import java.util.ArrayList;
import java.util.List;

/**
 * Makes entities of tagged tokens, as TokenClassificationPipeline of transformers does: labels that
 * begin with {@code B-} open an entity, all others continue one of the same name.
 */
public final class EntityGroups {
  private static final String OUTSIDE = "O";

  private final List<String> labels;
  private final Aggregation aggregation;
  private final boolean keepOutside;

  /** How tokens become entities. */
  public enum Aggregation {
    /** One entity a token. */
    NONE,
    /** Neighbouring tokens of one label. */
    SIMPLE,
    /** Neighbouring words, each with the label of its first token. */
    FIRST,
    /** Neighbouring words, each with the label of the best mean score. */
    AVERAGE,
    /** Neighbouring words, each with the label of its best-scored token. */
    MAX;

    /** Whether words matter. */
    public boolean byWord() {
      return switch (this) {
        case NONE, SIMPLE -> false;
        case FIRST, AVERAGE, MAX -> true;
      };
    }
  }

  /**
   * Tokens with one label.
   *
   * @param score probability
   * @param start first place in the text
   * @param end one past the last
   * @param firstToken of the sequence
   * @param endToken one past the last token
   */
  public record Entity(
      String label, float score, int start, int end, int firstToken, int endToken) {}

  /**
   * @param labels of the model, by index
   * @param keepOutside whether what is labelled "O" is an entity too
   */
  public EntityGroups(List<String> labels, Aggregation aggregation, boolean keepOutside) {
    this.labels = List.copyOf(labels);
    this.aggregation = aggregation;
    this.keepOutside = keepOutside;
  }

  /**
   * The entities of a sequence, in text order.
   *
   * @param probabilities of the labels, shape (tokens, labels)
   */
  public List<Entity> of(float[][] probabilities, Alignment alignment) {
    List<Entity> entities = new ArrayList<>();
    for (List<Integer> unit : units(probabilities.length, alignment)) {
      entities.add(tag(unit, probabilities, alignment));
    }
    if (aggregation != Aggregation.NONE) {
      entities = group(entities);
    }
    if (!keepOutside) {
      entities.removeIf(entity -> entity.label.equals(OUTSIDE));
    }
    return entities;
  }

  /** What gets a label of its own: tokens or words, without special tokens. */
  private List<List<Integer>> units(int tokens, Alignment alignment) {
    List<List<Integer>> units = new ArrayList<>();
    for (int token = 0; token < tokens; token++) {
      if (!alignment.isText(token)) {
        continue;
      }
      if (aggregation.byWord()
          && !units.isEmpty()
          && alignment.sameWord(token, units.getLast().getLast())) {
        units.getLast().add(token);
      } else {
        units.add(new ArrayList<>(List.of(token)));
      }
    }
    return units;
  }

  private Entity tag(List<Integer> unit, float[][] probabilities, Alignment alignment) {
    float[] scores =
        switch (aggregation) {
          case NONE, SIMPLE, FIRST -> probabilities[unit.getFirst()];
          case AVERAGE -> mean(unit, probabilities);
          case MAX -> best(unit, probabilities);
        };
    int label = Scores.argmax(scores);
    int first = unit.getFirst();
    int last = unit.getLast();
    return new Entity(
        labels.get(label),
        scores[label],
        alignment.starts()[first],
        alignment.ends()[last],
        first,
        last + 1);
  }

  private static float[] mean(List<Integer> unit, float[][] probabilities) {
    float[] mean = new float[probabilities[unit.getFirst()].length];
    for (int label = 0; label < mean.length; label++) {
      double sum = 0;
      for (int token : unit) {
        sum += probabilities[token][label];
      }
      mean[label] = (float) (sum / unit.size());
    }
    return mean;
  }

  /** Of the token whose best label has the best score; of equal ones the first. */
  private static float[] best(List<Integer> unit, float[][] probabilities) {
    float[] best = probabilities[unit.getFirst()];
    for (int token : unit) {
      float[] scores = probabilities[token];
      if (scores[Scores.argmax(scores)] > best[Scores.argmax(best)]) {
        best = scores;
      }
    }
    return best;
  }

  private static List<Entity> group(List<Entity> entities) {
    List<Entity> groups = new ArrayList<>();
    int from = 0;
    for (int i = 1; i <= entities.size(); i++) {
      if (i == entities.size() || !continues(entities.get(i), entities.get(i - 1))) {
        groups.add(merge(entities.subList(from, i)));
        from = i;
      }
    }
    return groups;
  }

  private static boolean continues(Entity entity, Entity before) {
    return !entity.label.startsWith("B-") && tag(entity.label).equals(tag(before.label));
  }

  private static String tag(String label) {
    return label.startsWith("B-") || label.startsWith("I-") ? label.substring(2) : label;
  }

  private static Entity merge(List<Entity> entities) {
    double sum = 0;
    for (Entity entity : entities) {
      sum += entity.score;
    }
    Entity first = entities.getFirst();
    Entity last = entities.getLast();
    // Whatever stands before the first hyphen goes.
    String name = first.label.substring(first.label.indexOf('-') + 1);
    return new Entity(
        name,
        (float) (sum / entities.size()),
        first.start,
        last.end,
        first.firstToken,
        last.endToken);
  }
}
