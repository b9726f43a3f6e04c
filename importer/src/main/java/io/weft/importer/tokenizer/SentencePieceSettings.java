package io.weft.importer.tokenizer;

/**
 * How a SentencePiece model prepares text.
 *
 * @param addSpacePrefix whether a text begins with a space
 * @param removeExtraSpaces whether spaces in a row are one and none are left at the ends
 * @param legacy transformers' first behaviour: a space is put before the text behind a special
 *     token too, not only before the first
 * @param charsMap the model's compiled table of replacements; empty without one
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record SentencePieceSettings(
    boolean addSpacePrefix, boolean removeExtraSpaces, boolean legacy, byte[] charsMap) {
  private static final byte[] NONE = {};

  /** Without a table of replacements. */
  public static SentencePieceSettings plain(boolean addSpacePrefix, boolean legacy) {
    return new SentencePieceSettings(addSpacePrefix, false, legacy, NONE);
  }

  /** Where Metaspace puts a space. */
  String prependScheme() {
    return !addSpacePrefix ? "never" : legacy ? "always" : "first";
  }
}
