package io.weft.importer.tokenizer;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a word, or a whole text, is cut into the tokens of a vocabulary. */
public sealed interface SubwordModel {
  /**
   * Byte-pair encoding (Sennrich et al., 2016): neighbours are merged, the earliest merge first.
   *
   * @param table the tokens
   * @param merges in order; left, right and both together are tokens
   * @param unknown what text outside the vocabulary becomes; null to leave it out
   * @param byteFallback whether such text becomes byte tokens ({@code <0x0A>}) first
   * @param ignoreMerges whether a word that is a token is taken without looking at merges
   */
  record BytePairs(
      TokenTable table,
      List<Merge> merges,
      @Nullable String unknown,
      boolean byteFallback,
      boolean ignoreMerges)
      implements SubwordModel {}

  /**
   * WordPiece (as BERT has it): the longest token first, {@code ##} before those inside a word.
   *
   * @param table the tokens
   * @param unknown what a word becomes that cannot be cut
   */
  record WordPieces(TokenTable table, String unknown) implements SubwordModel {}

  /**
   * A unigram language model (Kudo, 2018): the most probable cut.
   *
   * @param pieces by id
   * @param unknown id of the piece for text outside the vocabulary
   */
  record Unigram(List<Piece> pieces, int unknown) implements SubwordModel {}

  /**
   * Two tokens that become one.
   *
   * @param left the first
   * @param right the second
   */
  record Merge(String left, String right) {}
}
