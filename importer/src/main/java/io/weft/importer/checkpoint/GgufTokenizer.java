package io.weft.importer.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.weft.importer.error.ImportException;
import io.weft.runtime.model.ModelManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/**
 * Rebuilds {@code tokenizer.json} from GGUF metadata: byte-level BPE only. How text is cut before
 * merging depends on {@code tokenizer.ggml.pre}; a value that is not known here is refused, since a
 * wrong guess would give wrong ids silently.
 */
final class GgufTokenizer {
  private static final String KEY = "tokenizer.ggml.";
  private static final int CONTROL = 3;
  private static final int USER_DEFINED = 4;

  /** Pre-tokenizers by {@code tokenizer.ggml.pre}, as in Hugging Face's tokenizers library. */
  private static final Map<String, String> PRE_TOKENIZERS =
      Map.of(
          "gpt-2",
          "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":true,"
              + "\"use_regex\":true}",
          "smollm",
          "{\"type\":\"Sequence\",\"pretokenizers\":["
              + "{\"type\":\"Digits\",\"individual_digits\":true},"
              + "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":true,"
              + "\"use_regex\":true}]}");

  private final List<String> tokens;
  private final int[] types;
  private final List<String> merges;
  private final String preTokenizer;
  private final @Nullable Integer bos;

  private GgufTokenizer(
      List<String> tokens,
      int[] types,
      List<String> merges,
      String preTokenizer,
      @Nullable Integer bos) {
    this.tokens = tokens;
    this.types = types;
    this.merges = merges;
    this.preTokenizer = preTokenizer;
    this.bos = bos;
  }

  /**
   * @param vocabularySize rows of the embedding table
   * @throws ImportException when the tokenizer is of an unknown kind or contradicts itself
   */
  static Tokenizer read(GgufMetadata metadata, int vocabularySize) {
    String model = metadata.requiredString(KEY + "model");
    if (!model.equals("gpt2")) {
      throw new ImportException(
          "tokenizer model '%s' is not supported; supported: gpt2 (byte-level BPE)"
              .formatted(model));
    }
    String pre = metadata.string(KEY + "pre");
    String preTokenizer = pre == null ? null : PRE_TOKENIZERS.get(pre);
    if (preTokenizer == null) {
      throw new ImportException(
          "tokenizer.ggml.pre is '%s', which is not supported; supported: %s"
              .formatted(pre, PRE_TOKENIZERS.keySet().stream().sorted().toList()));
    }
    List<String> tokens = metadata.strings(KEY + "tokens", Limits.VOCABULARY);
    if (tokens.size() != vocabularySize) {
      throw new ImportException(
          "tokenizer.ggml.tokens has %,d tokens, the embedding table %,d rows"
              .formatted(tokens.size(), vocabularySize));
    }
    int[] types = metadata.integers(KEY + "token_type", Limits.VOCABULARY);
    if (types.length != tokens.size()) {
      throw new ImportException(
          "tokenizer.ggml.token_type has %,d elements for %,d tokens"
              .formatted(types.length, tokens.size()));
    }
    List<String> merges = metadata.strings(KEY + "merges", 4 * Limits.VOCABULARY);
    checkMerges(tokens, merges);

    int last = tokens.size() - 1;
    Integer bosId = optionalId(metadata, "bos_token_id", last);
    boolean addBos = metadata.bool(KEY + "add_bos_token", false);
    if (addBos && bosId == null) {
      throw new ImportException("tokenizer.ggml.add_bos_token without a bos_token_id");
    }
    if (metadata.bool(KEY + "add_eos_token", false)) {
      throw new ImportException("tokenizer.ggml.add_eos_token is not supported");
    }
    String template = metadata.string("tokenizer.chat_template");
    boolean wantsBos = addBos || (template != null && template.contains("bos_token"));
    SequencedSet<Integer> eos = new LinkedHashSet<>();
    for (String key : List.of("eos_token_id", "eot_token_id")) {
      Integer id = optionalId(metadata, key, last);
      if (id != null) {
        eos.add(id);
      }
    }
    ModelManifest.SpecialTokens special =
        new ModelManifest.SpecialTokens(
            wantsBos ? bosId : null,
            List.copyOf(eos),
            optionalId(metadata, "padding_token_id", last),
            optionalId(metadata, "mask_token_id", last));
    GgufTokenizer tokenizer =
        new GgufTokenizer(tokens, types, merges, preTokenizer, addBos ? bosId : null);
    return new Tokenizer(template, special, tokenizer::write);
  }

  private static @Nullable Integer optionalId(GgufMetadata metadata, String key, int last) {
    return metadata.has(KEY + key) ? metadata.integer(KEY + key, 0, last) : null;
  }

  private static void checkMerges(List<String> tokens, List<String> merges) {
    Map<String, Integer> ids = new HashMap<>();
    for (int i = 0; i < tokens.size(); i++) {
      Integer other = ids.putIfAbsent(tokens.get(i), i);
      if (other != null) {
        throw new ImportException(
            "tokens %d and %d of the tokenizer are equal".formatted(other, i));
      }
    }
    for (int i = 0; i < merges.size(); i++) {
      String merge = merges.get(i);
      int space = merge.indexOf(' ');
      if (space < 1
          || merge.indexOf(' ', space + 1) >= 0
          || !ids.containsKey(merge.substring(0, space))
          || !ids.containsKey(merge.substring(space + 1))
          || !ids.containsKey(merge.replace(" ", ""))) {
        throw new ImportException(
            "merge %d of the tokenizer does not join two of its tokens into a third".formatted(i));
      }
    }
  }

  private void write(Path target) {
    try (JsonGenerator json = new JsonFactory().createGenerator(Files.newBufferedWriter(target))) {
      json.writeStartObject();
      json.writeStringField("version", "1.0");
      json.writeNullField("truncation");
      json.writeNullField("padding");
      writeAddedTokens(json);
      json.writeNullField("normalizer");
      json.writeFieldName("pre_tokenizer");
      json.writeRawValue(preTokenizer);
      writePostProcessor(json);
      json.writeFieldName("decoder");
      json.writeRawValue(PRE_TOKENIZERS.get("gpt-2"));
      writeModel(json);
      json.writeEndObject();
    } catch (IOException e) {
      throw new ImportException("cannot write " + target + ": " + e, e);
    }
  }

  private void writeAddedTokens(JsonGenerator json) throws IOException {
    json.writeArrayFieldStart("added_tokens");
    for (int id = 0; id < types.length; id++) {
      if (types[id] == CONTROL || types[id] == USER_DEFINED) {
        json.writeStartObject();
        json.writeNumberField("id", id);
        json.writeStringField("content", tokens.get(id));
        for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized")) {
          json.writeBooleanField(flag, false);
        }
        json.writeBooleanField("special", types[id] == CONTROL);
        json.writeEndObject();
      }
    }
    json.writeEndArray();
  }

  /** Puts the beginning-of-sequence token before every text, if the model wants it. */
  private void writePostProcessor(JsonGenerator json) throws IOException {
    if (bos == null) {
      json.writeNullField("post_processor");
      return;
    }
    String token = tokens.get(bos);
    json.writeObjectFieldStart("post_processor");
    json.writeStringField("type", "TemplateProcessing");
    json.writeFieldName("single");
    writeTemplate(json, token, "A");
    json.writeFieldName("pair");
    writeTemplate(json, token, "A", "B");
    json.writeObjectFieldStart("special_tokens");
    json.writeObjectFieldStart(token);
    json.writeStringField("id", token);
    json.writeArrayFieldStart("ids");
    json.writeNumber(bos);
    json.writeEndArray();
    json.writeArrayFieldStart("tokens");
    json.writeString(token);
    json.writeEndArray();
    json.writeEndObject();
    json.writeEndObject();
    json.writeEndObject();
  }

  private static void writeTemplate(JsonGenerator json, String token, String... sequences)
      throws IOException {
    json.writeStartArray();
    for (int i = 0; i < sequences.length; i++) {
      writePiece(json, "SpecialToken", token, i);
      writePiece(json, "Sequence", sequences[i], i);
    }
    json.writeEndArray();
  }

  private static void writePiece(JsonGenerator json, String kind, String id, int typeId)
      throws IOException {
    json.writeStartObject();
    json.writeObjectFieldStart(kind);
    json.writeStringField("id", id);
    json.writeNumberField("type_id", typeId);
    json.writeEndObject();
    json.writeEndObject();
  }

  private void writeModel(JsonGenerator json) throws IOException {
    json.writeObjectFieldStart("model");
    json.writeStringField("type", "BPE");
    for (String absent :
        List.of("dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix")) {
      json.writeNullField(absent);
    }
    for (String flag : List.of("fuse_unk", "byte_fallback", "ignore_merges")) {
      json.writeBooleanField(flag, false);
    }
    json.writeObjectFieldStart("vocab");
    for (int id = 0; id < tokens.size(); id++) {
      json.writeNumberField(tokens.get(id), id);
    }
    json.writeEndObject();
    json.writeArrayFieldStart("merges");
    for (String merge : merges) {
      json.writeString(merge);
    }
    json.writeEndArray();
    json.writeEndObject();
  }
}
