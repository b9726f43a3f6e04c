package io.weft.importer.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.importer.error.ImportException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The tokenizer of BERT and those that took it over, as transformers' BertConverter makes it. */
public final class WordPieces {
  /** What tokens inside a word begin with. */
  public static final String PREFIX = "##";

  /** Longer words become the unknown token. */
  static final int LONGEST_WORD = 100;

  private WordPieces() {}

  /**
   * How BERT prepares text.
   *
   * @param lowercase whether letters become small
   * @param stripAccents whether accents go; null as {@code lowercase}
   * @param chineseChars whether each Chinese character is a word
   */
  public record Settings(boolean lowercase, @Nullable Boolean stripAccents, boolean chineseChars) {}

  /**
   * A tokenizer of pieces of words.
   *
   * @param table the tokens
   * @param unknown what becomes of a word that cannot be cut; a token
   * @param template what is put around texts
   */
  public static TokenizerSpec of(
      TokenTable table,
      String unknown,
      JsonNode template,
      Settings settings,
      List<AddedToken> added) {
    if (table.id(unknown) == null) {
      throw new ImportException("the tokenizer has no unknown token '%s'".formatted(unknown));
    }
    return new TokenizerSpec(
        new SubwordModel.WordPieces(table, unknown),
        added,
        Parts.bertNormalizer(
            settings.chineseChars(), settings.stripAccents(), settings.lowercase()),
        Parts.bertPreTokenizer(),
        template,
        Parts.wordPieceDecoder(PREFIX));
  }
}
