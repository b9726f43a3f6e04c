package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import io.weft.importer.tokenizer.Piece;
import io.weft.importer.tokenizer.Template;
import io.weft.importer.tokenizer.TokenTable;
import io.weft.importer.tokenizer.TokenizerSpec;
import io.weft.importer.tokenizer.WordPieces;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * WordPiece in a GGUF file. There the tokens that begin a word begin with {@code ▁}, those inside a
 * word with nothing, and those in brackets, such as {@code [CLS]}, stand as they are.
 */
final class GgufWordPiece {
  private static final String KEY = "tokenizer.ggml.";
  private static final String BEGIN = "▁";

  private GgufWordPiece() {}

  static TokenizerSpec of(
      GgufMetadata metadata, GgufVocabulary vocabulary, GgufSpecialTokens special) {
    List<@Nullable String> tokens = new ArrayList<>();
    for (Piece piece : vocabulary.pieces()) {
      tokens.add(piece.type() == Piece.Type.UNUSED ? null : spelled(piece));
    }
    boolean lowercase = metadata.bool(KEY + "normalizer.lowercase", isLowercase(vocabulary));
    Boolean stripAccents =
        metadata.has(KEY + "normalizer.strip_accents")
            ? (Boolean) metadata.bool(KEY + "normalizer.strip_accents", lowercase)
            : null;
    return WordPieces.of(
        TokenTable.of(tokens),
        vocabulary.pieces().get(special.unknown(vocabulary)).text(),
        Template.bert(
            vocabulary.special(required("cls", special.cls(), special.bos())),
            vocabulary.special(required("seperator", special.sep(), special.eos()))),
        new WordPieces.Settings(lowercase, stripAccents, true),
        vocabulary.added());
  }

  private static int required(String name, @Nullable Integer id, @Nullable Integer otherwise) {
    Integer found = id == null ? otherwise : id;
    if (found == null) {
      throw new ImportException(
          "the file has no metadata key tokenizer.ggml.%s_token_id".formatted(name));
    }
    return found;
  }

  private static String spelled(Piece piece) {
    String text = piece.text();
    if (piece.type() != Piece.Type.NORMAL || (text.startsWith("[") && text.endsWith("]"))) {
      return text;
    }
    if (text.startsWith(BEGIN)) {
      return text.substring(BEGIN.length());
    }
    return text.isEmpty() ? text : WordPieces.PREFIX + text;
  }

  /**
   * Where the file does not say: a tokenizer that makes letters small has no use for tokens with
   * capitals, so a vocabulary that has some keeps them. Capitals without a small form, such as ℝ,
   * are in both kinds.
   */
  private static boolean isLowercase(GgufVocabulary vocabulary) {
    return vocabulary.pieces().stream()
        .filter(piece -> piece.type() == Piece.Type.NORMAL)
        .map(Piece::text)
        .filter(text -> !text.startsWith("["))
        .noneMatch(text -> text.codePoints().anyMatch(c -> Character.toLowerCase(c) != c));
  }
}
