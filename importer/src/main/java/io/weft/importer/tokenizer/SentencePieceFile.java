package io.weft.importer.tokenizer;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A SentencePiece model: the fields of {@code ModelProto} (sentencepiece_model.proto) that make a
 * tokenizer.
 *
 * @param kind how pieces are chosen
 * @param pieces by id
 * @param unknown id of the unknown piece
 * @param addSpacePrefix whether a text begins with a space
 * @param removeExtraSpaces whether spaces in a row are one
 * @param charsMap the compiled table of replacements; empty without one
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record SentencePieceFile(
    Kind kind,
    List<Piece> pieces,
    int unknown,
    boolean addSpacePrefix,
    boolean removeExtraSpaces,
    byte[] charsMap) {
  private static final long MAX_BYTES = 64L << 20;
  private static final int MAX_PIECES = 1 << 20;

  /** How pieces are chosen: {@code TrainerSpec.model_type}. */
  public enum Kind {
    UNIGRAM,
    BPE,
    WORD,
    CHAR;

    static Kind of(int code, Path file) {
      return switch (code) {
        case 1 -> UNIGRAM;
        case 2 -> BPE;
        case 3 -> WORD;
        case 4 -> CHAR;
        default ->
            throw new ImportException(
                "%s is no SentencePiece model: model type %d".formatted(file, code));
      };
    }
  }

  /**
   * Reads a model.
   *
   * @throws ImportException when the file is too large, or is no such model
   */
  public static SentencePieceFile read(Path file) {
    try {
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw new ImportException(
            "%s has %,d bytes, the limit is %,d".formatted(file, size, MAX_BYTES));
      }
      return new Parser(file).model(CodedInputStream.newInstance(Files.readAllBytes(file)));
    } catch (InvalidProtocolBufferException e) {
      throw new ImportException(file + " is no SentencePiece model: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new ImportException("cannot read " + file + ": " + e, e);
    }
  }

  /** Collects the fields; unknown ones are skipped, as protobuf has it. */
  private static final class Parser {
    private final Path file;
    private final List<Piece> pieces = new ArrayList<>();
    private int kind = 1;
    private int unknown;
    private boolean addSpacePrefix = true;
    private boolean removeExtraSpaces = true;
    private byte[] charsMap = {};

    Parser(Path file) {
      this.file = file;
    }

    /** One message: is given each field's number. */
    private interface Fields {
      /** Reads the field, or returns false to have it skipped. */
      boolean read(int number, CodedInputStream in) throws IOException;
    }

    private static void message(CodedInputStream in, Fields fields) throws IOException {
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        int type = WireFormat.getTagWireType(tag);
        if (type == WireFormat.WIRETYPE_START_GROUP || type == WireFormat.WIRETYPE_END_GROUP) {
          // No such model has groups; skipping nested ones would recurse as deep as they say.
          throw new ImportException("the file is no SentencePiece model: it has a group");
        }
        if (!fields.read(WireFormat.getTagFieldNumber(tag), in)) {
          in.skipField(tag);
        }
      }
    }

    private static void nested(CodedInputStream in, Fields fields) throws IOException {
      int outer = in.pushLimit(in.readRawVarint32());
      message(in, fields);
      in.popLimit(outer);
    }

    SentencePieceFile model(CodedInputStream in) throws IOException {
      message(
          in,
          (number, field) -> {
            switch (number) {
              case 1 -> piece(field);
              case 2 -> nested(field, this::trainerSpec);
              case 3 -> nested(field, this::normalizerSpec);
              default -> {
                return false;
              }
            }
            return true;
          });
      if (pieces.isEmpty()) {
        throw new ImportException(file + " is no SentencePiece model: it has no pieces");
      }
      if (unknown < 0 || unknown >= pieces.size()) {
        throw new ImportException(
            "%s: unk_id is %d, pieces are 0 to %d".formatted(file, unknown, pieces.size() - 1));
      }
      return new SentencePieceFile(
          Kind.of(kind, file),
          List.copyOf(pieces),
          unknown,
          addSpacePrefix,
          removeExtraSpaces,
          charsMap);
    }

    private void piece(CodedInputStream in) throws IOException {
      if (pieces.size() >= MAX_PIECES) {
        throw new ImportException(
            "%s has more than the limit of %,d pieces".formatted(file, MAX_PIECES));
      }
      PieceFields piece = new PieceFields();
      nested(in, piece);
      pieces.add(new Piece(piece.text, piece.score, Piece.Type.of(piece.type, pieces.size())));
    }

    private boolean trainerSpec(int number, CodedInputStream in) throws IOException {
      switch (number) {
        case 3 -> kind = in.readEnum();
        case 40 -> unknown = in.readInt32();
        default -> {
          return false;
        }
      }
      return true;
    }

    private boolean normalizerSpec(int number, CodedInputStream in) throws IOException {
      switch (number) {
        case 2 -> charsMap = in.readByteArray();
        case 3 -> addSpacePrefix = in.readBool();
        case 4 -> removeExtraSpaces = in.readBool();
        default -> {
          return false;
        }
      }
      return true;
    }

    /** {@code ModelProto.SentencePiece}. */
    private static final class PieceFields implements Fields {
      private String text = "";
      private float score;
      private int type = 1;

      @Override
      public boolean read(int number, CodedInputStream in) throws IOException {
        switch (number) {
          case 1 -> text = utf8(in.readBytes());
          case 2 -> score = in.readFloat();
          case 3 -> type = in.readEnum();
          default -> {
            return false;
          }
        }
        return true;
      }

      private static String utf8(ByteString bytes) {
        if (!bytes.isValidUtf8()) {
          throw new ImportException("a piece of the tokenizer is no UTF-8");
        }
        return bytes.toString(StandardCharsets.UTF_8);
      }
    }
  }
}
