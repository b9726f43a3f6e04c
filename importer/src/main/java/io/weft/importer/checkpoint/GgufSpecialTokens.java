package io.weft.importer.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.importer.error.ImportException;
import io.weft.importer.tokenizer.Piece;
import io.weft.importer.tokenizer.Template;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/**
 * Ids of special tokens in GGUF metadata; null where the file names none.
 *
 * @param bos begins a text
 * @param eos ends a text
 * @param ends all that end what a model writes: {@code eos}, the ends of a turn and of a message
 * @param unk what unknown text becomes
 * @param sep separates texts
 * @param cls begins an encoder's text
 * @param pad fills up
 * @param mask is to be guessed
 * @param addBos whether the tokenizer puts {@code bos} before texts
 * @param addEos whether the tokenizer puts {@code eos} behind texts
 */
record GgufSpecialTokens(
    @Nullable Integer bos,
    @Nullable Integer eos,
    List<Integer> ends,
    @Nullable Integer unk,
    @Nullable Integer sep,
    @Nullable Integer cls,
    @Nullable Integer pad,
    @Nullable Integer mask,
    boolean addBos,
    boolean addEos) {
  private static final String KEY = "tokenizer.ggml.";

  /**
   * What ends a turn in files that do not name it; older converters wrote no {@code eot_token_id}.
   */
  private static final List<String> ENDS_OF_TURN =
      List.of("<|eot_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>", "<EOT>", "_<EOT>");

  private static final String END_OF_MESSAGE = "<|eom_id|>";

  /**
   * @param addBos whether texts begin with {@code bos} where the file does not say
   * @param addEos whether texts end with {@code eos} where the file does not say
   */
  static GgufSpecialTokens read(
      GgufMetadata metadata, GgufVocabulary vocabulary, boolean addBos, boolean addEos) {
    int last = vocabulary.pieces().size() - 1;
    Integer bos = id(metadata, "bos_token_id", last);
    Integer eos = id(metadata, "eos_token_id", last);
    GgufSpecialTokens tokens =
        new GgufSpecialTokens(
            bos,
            eos,
            ends(metadata, vocabulary, eos),
            id(metadata, "unknown_token_id", last),
            // The misspelling is the format's.
            id(metadata, "seperator_token_id", last),
            id(metadata, "cls_token_id", last),
            id(metadata, "padding_token_id", last),
            id(metadata, "mask_token_id", last),
            metadata.bool(KEY + "add_bos_token", addBos),
            metadata.bool(KEY + "add_eos_token", addEos));
    if (tokens.addBos && bos == null) {
      throw new ImportException("tokenizer.ggml.add_bos_token without a bos_token_id");
    }
    if (tokens.addEos && eos == null) {
      throw new ImportException("tokenizer.ggml.add_eos_token without an eos_token_id");
    }
    return tokens;
  }

  private static @Nullable Integer id(GgufMetadata metadata, String key, int last) {
    return metadata.has(KEY + key) ? metadata.integer(KEY + key, 0, last) : null;
  }

  private static List<Integer> ends(
      GgufMetadata metadata, GgufVocabulary vocabulary, @Nullable Integer eos) {
    int last = vocabulary.pieces().size() - 1;
    Integer endOfTurn = id(metadata, "eot_token_id", last);
    for (String text : endOfTurn == null ? ENDS_OF_TURN : List.<String>of()) {
      endOfTurn = endOfTurn == null ? vocabulary.control(text) : endOfTurn;
    }
    Integer endOfMessage = id(metadata, "eom_token_id", last);
    SequencedSet<Integer> ends = new LinkedHashSet<>();
    List<@Nullable Integer> found = new ArrayList<>();
    found.add(eos);
    found.add(endOfTurn);
    found.add(endOfMessage == null ? vocabulary.control(END_OF_MESSAGE) : endOfMessage);
    for (Integer id : found) {
      if (id != null) {
        ends.add(id);
      }
    }
    return List.copyOf(ends);
  }

  /** What the tokenizer puts around texts; null for nothing. */
  @Nullable JsonNode around(GgufVocabulary vocabulary) {
    return Template.around(
        vocabulary.specialIfThere(addBos ? bos : null),
        vocabulary.specialIfThere(addEos ? eos : null));
  }

  /**
   * The token for unknown text.
   *
   * @throws ImportException when the file has none
   */
  int unknown(GgufVocabulary vocabulary) {
    Integer unknown = unk == null ? vocabulary.first(Piece.Type.UNKNOWN) : unk;
    if (unknown == null) {
      throw new ImportException(
          "the file has neither tokenizer.ggml.unknown_token_id nor a token of type unknown");
    }
    return unknown;
  }
}
