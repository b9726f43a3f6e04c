package io.weft.importer.tokenizer;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes {@code tokenizer.json} as Hugging Face's tokenizers library reads it. */
final class TokenizerJson {
  private static final JsonMapper JSON = new JsonMapper();

  private TokenizerJson() {}

  static void write(TokenizerSpec spec, Path target) {
    try (JsonGenerator json = JSON.createGenerator(Files.newBufferedWriter(target))) {
      json.writeStartObject();
      json.writeStringField("version", "1.0");
      json.writeNullField("truncation");
      json.writeNullField("padding");
      writeAdded(json, spec.added());
      writePart(json, "normalizer", spec.normalizer());
      writePart(json, "pre_tokenizer", spec.preTokenizer());
      writePart(json, "post_processor", spec.postProcessor());
      writePart(json, "decoder", spec.decoder());
      json.writeObjectFieldStart("model");
      switch (spec.model()) {
        case SubwordModel.BytePairs model -> writeBytePairs(json, model);
        case SubwordModel.WordPieces model -> writeWordPieces(json, model);
        case SubwordModel.Unigram model -> writeUnigram(json, model);
      }
      json.writeEndObject();
      json.writeEndObject();
    } catch (IOException e) {
      throw new ImportException("cannot write " + target + ": " + e, e);
    }
  }

  private static void writePart(JsonGenerator json, String name, @Nullable JsonNode part)
      throws IOException {
    json.writeFieldName(name);
    if (part == null) {
      json.writeNull();
    } else {
      json.writeTree(part);
    }
  }

  private static void writeAdded(JsonGenerator json, List<AddedToken> added) throws IOException {
    json.writeArrayFieldStart("added_tokens");
    for (AddedToken token : added) {
      json.writeStartObject();
      json.writeNumberField("id", token.id());
      json.writeStringField("content", token.content());
      json.writeBooleanField("single_word", token.singleWord());
      json.writeBooleanField("lstrip", token.lstrip());
      json.writeBooleanField("rstrip", token.rstrip());
      json.writeBooleanField("normalized", token.normalized());
      json.writeBooleanField("special", token.special());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void writeBytePairs(JsonGenerator json, SubwordModel.BytePairs model)
      throws IOException {
    json.writeStringField("type", "BPE");
    json.writeNullField("dropout");
    json.writeStringField("unk_token", model.unknown());
    json.writeNullField("continuing_subword_prefix");
    json.writeNullField("end_of_word_suffix");
    // Unknown characters in a row are one unknown token, as in SentencePiece.
    json.writeBooleanField("fuse_unk", model.unknown() != null);
    json.writeBooleanField("byte_fallback", model.byteFallback());
    json.writeBooleanField("ignore_merges", model.ignoreMerges());
    writeTable(json, model.table());
    json.writeArrayFieldStart("merges");
    for (SubwordModel.Merge merge : model.merges()) {
      json.writeStartArray();
      json.writeString(merge.left());
      json.writeString(merge.right());
      json.writeEndArray();
    }
    json.writeEndArray();
  }

  private static void writeWordPieces(JsonGenerator json, SubwordModel.WordPieces model)
      throws IOException {
    json.writeStringField("type", "WordPiece");
    json.writeStringField("unk_token", model.unknown());
    json.writeStringField("continuing_subword_prefix", WordPieces.PREFIX);
    json.writeNumberField("max_input_chars_per_word", WordPieces.LONGEST_WORD);
    writeTable(json, model.table());
  }

  private static void writeUnigram(JsonGenerator json, SubwordModel.Unigram model)
      throws IOException {
    json.writeStringField("type", "Unigram");
    json.writeNumberField("unk_id", model.unknown());
    json.writeArrayFieldStart("vocab");
    for (Piece piece : model.pieces()) {
      json.writeStartArray();
      json.writeString(piece.text());
      json.writeNumber((double) piece.score());
      json.writeEndArray();
    }
    json.writeEndArray();
    json.writeBooleanField("byte_fallback", false);
  }

  private static void writeTable(JsonGenerator json, TokenTable table) throws IOException {
    json.writeObjectFieldStart("vocab");
    for (int id = 0; id < table.size(); id++) {
      String token = table.token(id);
      if (token != null) {
        json.writeNumberField(token, id);
      }
    }
    json.writeEndObject();
  }
}
