package io.weft.gateway.backend;

/**
 * How tagged tokens become entities.
 *
 * @param aggregation how they are grouped
 * @param keepOutside return what is labelled "O", outside of any entity, too
 */
public record TagOptions(Aggregation aggregation, boolean keepOutside) {
  /** As TokenClassificationPipeline of transformers names them. */
  public enum Aggregation {
    /** One entity a token. */
    NONE,
    /** Neighbouring tokens of one label. */
    SIMPLE,
    /** A word takes the label of its first token. */
    FIRST,
    /** A word takes the label with the best mean score. */
    AVERAGE,
    /** A word takes the label of its best-scored token. */
    MAX
  }
}
