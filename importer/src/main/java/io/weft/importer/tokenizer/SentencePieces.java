package io.weft.importer.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.importer.error.ImportException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tokenizers from the pieces of a SentencePiece model, as transformers' convert_slow_tokenizer.py
 * makes them (SpmConverter, LlamaConverter).
 */
public final class SentencePieces {
  private SentencePieces() {}

  /**
   * BPE as Llama 2, Mistral and Phi-3 have it: spaces are {@code ▁}, what is no piece becomes byte
   * tokens.
   *
   * @param pieces by id
   * @param unknown id of the piece for what is not even a byte
   * @param added tokens found before the model, those of the model's own types among them
   * @param postProcessor what is put around a text
   */
  public static TokenizerSpec bytePairs(
      List<Piece> pieces,
      int unknown,
      SentencePieceSettings settings,
      List<AddedToken> added,
      @Nullable JsonNode postProcessor) {
    List<@Nullable String> tokens = new ArrayList<>(pieces.size());
    for (Piece piece : pieces) {
      tokens.add(piece.type() == Piece.Type.UNUSED ? null : piece.text());
    }
    TokenTable table = TokenTable.of(tokens);
    String unknownToken = table.token(unknown);
    if (unknownToken == null) {
      throw new ImportException(
          "the unknown token %d of the tokenizer is unused".formatted(unknown));
    }
    SubwordModel model =
        new SubwordModel.BytePairs(
            table, PieceMerges.of(pieces, SentencePieces::isMergeable), unknownToken, true, false);
    return new TokenizerSpec(
        model,
        added,
        settings.legacy() ? legacyNormalizer(settings.addSpacePrefix()) : null,
        settings.legacy() ? null : Parts.metaspace(settings.prependScheme(), false),
        postProcessor,
        bytePairDecoder(settings.addSpacePrefix()));
  }

  private static boolean isMergeable(Piece piece) {
    return piece.type() == Piece.Type.NORMAL || piece.type() == Piece.Type.USER_DEFINED;
  }

  private static ObjectNode legacyNormalizer(boolean addSpacePrefix) {
    ObjectNode spaces = Parts.replace(" ", Parts.SPACE);
    return addSpacePrefix
        ? Parts.normalizers(Parts.prepend(Parts.SPACE), spaces)
        : Parts.normalizers(spaces);
  }

  private static ObjectNode bytePairDecoder(boolean addSpacePrefix) {
    ObjectNode spaces = Parts.replace(Parts.SPACE, " ");
    return addSpacePrefix
        ? Parts.decoders(spaces, Parts.byteFallback(), Parts.fuse(), Parts.stripFirstSpace())
        : Parts.decoders(spaces, Parts.byteFallback(), Parts.fuse());
  }

  /**
   * A unigram model as T5, mT5 and XLM-RoBERTa have it.
   *
   * @param pieces by id
   * @param unknown id of the piece for text that no piece spells
   * @param added tokens found before the model
   * @param postProcessor what is put around a text
   */
  public static TokenizerSpec unigram(
      List<Piece> pieces,
      int unknown,
      SentencePieceSettings settings,
      List<AddedToken> added,
      JsonNode postProcessor) {
    // No piece twice and none empty: the library keeps the last of equals, and loops on an empty.
    TokenTable table = TokenTable.of(pieces.stream().map(Piece::text).toList());
    for (int id = 0; id < table.size(); id++) {
      if (table.token(id) == null) {
        throw new ImportException("piece %d of the tokenizer is empty".formatted(id));
      }
    }
    if (unknown < 0 || unknown >= table.size()) {
      throw new ImportException(
          "the unknown token of the tokenizer is %d, pieces are 0 to %d"
              .formatted(unknown, table.size() - 1));
    }
    ObjectNode metaspace = Parts.metaspace(settings.prependScheme(), true);
    return new TokenizerSpec(
        new SubwordModel.Unigram(List.copyOf(pieces), unknown),
        added,
        unigramNormalizer(settings),
        metaspace,
        postProcessor,
        metaspace);
  }

  private static @Nullable ObjectNode unigramNormalizer(SentencePieceSettings settings) {
    List<ObjectNode> steps = new ArrayList<>();
    if (settings.charsMap().length > 0) {
      steps.add(Parts.precompiled(checkCharsMap(settings.charsMap())));
    }
    if (settings.removeExtraSpaces()) {
      steps.add(Parts.stripRight());
      steps.add(Parts.replaceMatches(" {2,}", Parts.SPACE));
    }
    return steps.isEmpty() ? null : Parts.normalizers(steps.toArray(ObjectNode[]::new));
  }

  /**
   * The table begins with the size of its trie, 4 bytes, little endian; the trie has 4 bytes a
   * node, and null-terminated texts follow. Its inner links are checked where it is used.
   */
  private static byte[] checkCharsMap(byte[] map) {
    long size =
        map.length < 4
            ? -1
            : java.nio.ByteBuffer.wrap(map).order(java.nio.ByteOrder.LITTLE_ENDIAN).getInt()
                & 0xffffffffL;
    if (size < 4 || size % 4 != 0 || size >= map.length - 4 || map[map.length - 1] != 0) {
      throw new ImportException(
          "the table of replacements of the tokenizer (precompiled_charsmap) is broken");
    }
    return map;
  }

  /** The model's own special and user-defined pieces. */
  public static List<AddedToken> added(List<Piece> pieces) {
    List<AddedToken> added = new ArrayList<>();
    for (int id = 0; id < pieces.size(); id++) {
      Piece piece = pieces.get(id);
      if (!piece.text().isEmpty()) {
        switch (piece.type()) {
          case CONTROL, UNKNOWN -> added.add(AddedToken.of(id, piece.text(), true));
          case USER_DEFINED -> added.add(AddedToken.of(id, piece.text(), false));
          case NORMAL, UNUSED, BYTE -> {}
        }
      }
    }
    return added;
  }
}
