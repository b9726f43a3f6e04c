package io.weft.importer.tokenizer;

import io.weft.importer.error.ImportException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** BERT's tokenizer, as transformers' BertConverter makes it. */
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
   * BERT's tokenizer.
   *
   * @param table the tokens
   * @param unknown what becomes of a word that cannot be cut; a token
   * @param cls put before a text
   * @param sep put behind it
   */
  public static TokenizerSpec of(
      TokenTable table,
      String unknown,
      Template.Special cls,
      Template.Special sep,
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
        Template.bert(cls, sep),
        Parts.wordPieceDecoder(PREFIX));
  }
}
