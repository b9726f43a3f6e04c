package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import io.weft.importer.tokenizer.AddedToken;
import io.weft.importer.tokenizer.Piece;
import io.weft.importer.tokenizer.SentencePieces;
import io.weft.importer.tokenizer.Template;
import io.weft.importer.tokenizer.TokenTable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of a GGUF file, with their types and, where the model has any, their scores.
 *
 * @param pieces by id; score 0 where the file has none
 */
record GgufVocabulary(List<Piece> pieces) {
  private static final String KEY = "tokenizer.ggml.";

  /**
   * @param size rows of the embedding table: there must be as many tokens
   * @param scored whether the model needs scores
   */
  static GgufVocabulary read(GgufMetadata metadata, int size, boolean scored) {
    List<String> tokens = metadata.strings(KEY + "tokens", Limits.VOCABULARY);
    if (tokens.size() != size) {
      throw new ImportException(
          "tokenizer.ggml.tokens has %,d tokens, the embedding table %,d rows"
              .formatted(tokens.size(), size));
    }
    int[] types = metadata.integers(KEY + "token_type", Limits.VOCABULARY);
    checkLength("token_type", types.length, size);
    float[] scores = scored ? metadata.floats(KEY + "scores", Limits.VOCABULARY) : new float[size];
    checkLength("scores", scores.length, size);
    List<Piece> pieces = new ArrayList<>(size);
    for (int id = 0; id < size; id++) {
      Piece.Type type = Piece.Type.of(types[id], id);
      pieces.add(new Piece(tokens.get(id), scores[id], type));
    }
    return new GgufVocabulary(List.copyOf(pieces));
  }

  private static void checkLength(String array, int length, int size) {
    if (length != size) {
      throw new ImportException(
          "tokenizer.ggml.%s has %,d elements for %,d tokens".formatted(array, length, size));
    }
  }

  /** All tokens but those that only fill up the embedding table. */
  TokenTable table() {
    List<@Nullable String> tokens = new ArrayList<>(pieces.size());
    for (Piece piece : pieces) {
      tokens.add(piece.type() == Piece.Type.UNUSED ? null : piece.text());
    }
    return TokenTable.of(tokens);
  }

  /** Tokens that are found in a text before the model cuts it. */
  List<AddedToken> added() {
    return SentencePieces.added(pieces);
  }

  Template.Special special(int id) {
    return new Template.Special(pieces.get(id).text(), id);
  }

  Template.@Nullable Special specialIfThere(@Nullable Integer id) {
    return id == null ? null : special(id);
  }

  /** The id of the control token of this text. */
  @Nullable Integer control(String text) {
    for (int id = 0; id < pieces.size(); id++) {
      Piece piece = pieces.get(id);
      if (piece.type() == Piece.Type.CONTROL && piece.text().equals(text)) {
        return id;
      }
    }
    return null;
  }

  /** The first token of a type; null without one. */
  @Nullable Integer first(Piece.Type type) {
    for (int id = 0; id < pieces.size(); id++) {
      if (pieces.get(id).type() == type) {
        return id;
      }
    }
    return null;
  }
}
