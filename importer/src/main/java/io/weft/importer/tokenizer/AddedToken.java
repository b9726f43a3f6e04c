package io.weft.importer.tokenizer;

/**
 * A token that is found in a text before the model cuts it.
 *
 * @param id its id
 * @param content its text
 * @param special whether decoding may leave it out
 * @param lstrip whether it takes the white space before it
 * @param rstrip whether it takes the white space behind it
 * @param singleWord whether it stands only between word boundaries
 * @param normalized whether it is looked for in the normalised text
 */
public record AddedToken(
    int id,
    String content,
    boolean special,
    boolean lstrip,
    boolean rstrip,
    boolean singleWord,
    boolean normalized) {
  /** A token without any of the finer points. */
  public static AddedToken of(int id, String content, boolean special) {
    return new AddedToken(id, content, special, false, false, false, false);
  }

  /** The same token, taking the white space behind it. */
  public AddedToken withRstrip() {
    return new AddedToken(id, content, special, lstrip, true, singleWord, normalized);
  }

  /** The same token under another id. */
  public AddedToken withId(int other) {
    return new AddedToken(other, content, special, lstrip, rstrip, singleWord, normalized);
  }
}
