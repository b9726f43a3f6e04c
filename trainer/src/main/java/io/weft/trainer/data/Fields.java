package io.weft.trainer.data;

/**
 * What the fields, or columns, of the data are called.
 *
 * @param text of the text
 * @param pair of the second text, which need not be there
 * @param label of the label, the labels, the tags or the number
 */
public record Fields(String text, String pair, String label) {
  /** The names where nobody gives others. */
  public static Fields of(Task task) {
    return switch (task) {
      case CLASSIFY -> new Fields("text", "text_pair", "label");
      case MULTI_LABEL -> new Fields("text", "text_pair", "labels");
      case TAG -> new Fields("tokens", "text_pair", "tags");
      case SCORE, REGRESSION -> new Fields("text", "text_pair", "score");
    };
  }
}
