package io.weft.importer.tokenizer;

import io.weft.importer.error.ImportException;

/**
 * One piece of a SentencePiece model (sentencepiece_model.proto), also as GGUF files hold them.
 *
 * @param text its spelling, {@code ▁} for a space
 * @param score log probability (unigram) or how early it is merged (BPE); finite
 * @param type what it is for
 */
public record Piece(String text, float score, Type type) {
  /** What a piece is for; the numbers are the file formats'. */
  public enum Type {
    NORMAL,
    UNKNOWN,
    CONTROL,
    USER_DEFINED,
    UNUSED,
    BYTE;

    /**
     * The type of a number.
     *
     * @param code 1 to 6; 0, which old GGUF files have, means normal
     * @param id of the token, for the message
     */
    public static Type of(int code, int id) {
      return switch (code) {
        case 0, 1 -> NORMAL;
        case 2 -> UNKNOWN;
        case 3 -> CONTROL;
        case 4 -> USER_DEFINED;
        case 5 -> UNUSED;
        case 6 -> BYTE;
        default ->
            throw new ImportException(
                "token %d of the tokenizer has type %d, types are 0 to 6".formatted(id, code));
      };
    }
  }

  /**
   * Checks the score.
   *
   * @throws ImportException when it is not a finite number
   */
  public Piece {
    if (!Float.isFinite(score)) {
      throw new ImportException("piece '%s' of the tokenizer has score %s".formatted(text, score));
    }
  }
}
