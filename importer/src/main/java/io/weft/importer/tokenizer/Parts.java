package io.weft.importer.tokenizer;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** The steps of a tokenizer as {@code tokenizer.json} spells them. */
final class Parts {
  /** What SentencePiece writes for a space. */
  static final String SPACE = "▁";

  private Parts() {}

  private static ObjectNode part(String type) {
    return JsonNodeFactory.instance.objectNode().put("type", type);
  }

  private static ObjectNode sequence(String children, ObjectNode... parts) {
    ObjectNode sequence = part("Sequence");
    for (ObjectNode part : parts) {
      sequence.withArray(children).add(part);
    }
    return sequence;
  }

  static ObjectNode normalizers(ObjectNode... parts) {
    return sequence("normalizers", parts);
  }

  static ObjectNode preTokenizers(ObjectNode... parts) {
    return sequence("pretokenizers", parts);
  }

  static ObjectNode decoders(ObjectNode... parts) {
    return sequence("decoders", parts);
  }

  /**
   * Spells bytes in GPT-2's alphabet; a pre-tokenizer, a post-processor or a decoder.
   *
   * @param addPrefixSpace begin every text with a space
   * @param trimOffsets leave spaces out of offsets (as a post-processor)
   * @param useRegex cut words by GPT-2's expression
   */
  static ObjectNode byteLevel(boolean addPrefixSpace, boolean trimOffsets, boolean useRegex) {
    return part("ByteLevel")
        .put("add_prefix_space", addPrefixSpace)
        .put("trim_offsets", trimOffsets)
        .put("use_regex", useRegex);
  }

  /** Pre-tokenizer: matches become words, and so does what lies between them. */
  static ObjectNode split(String expression) {
    ObjectNode split = part("Split");
    split.putObject("pattern").put("Regex", expression);
    return split.put("behavior", "Isolated").put("invert", false);
  }

  static ObjectNode digits(boolean individual) {
    return part("Digits").put("individual_digits", individual);
  }

  static ObjectNode punctuation(String behavior) {
    return part("Punctuation").put("behavior", behavior);
  }

  static ObjectNode bertPreTokenizer() {
    return part("BertPreTokenizer");
  }

  static ObjectNode nfc() {
    return part("NFC");
  }

  /** Normalizer of BERT; {@code stripAccents} null follows {@code lowercase}. */
  static ObjectNode bertNormalizer(
      boolean chineseChars,
      @org.jspecify.annotations.Nullable Boolean stripAccents,
      boolean lower) {
    return part("BertNormalizer")
        .put("clean_text", true)
        .put("handle_chinese_chars", chineseChars)
        .put("strip_accents", stripAccents)
        .put("lowercase", lower);
  }

  /** Normalizer or decoder. */
  static ObjectNode replace(String text, String by) {
    ObjectNode replace = part("Replace");
    replace.putObject("pattern").put("String", text);
    return replace.put("content", by);
  }

  /** Normalizer. */
  static ObjectNode replaceMatches(String expression, String by) {
    ObjectNode replace = part("Replace");
    replace.putObject("pattern").put("Regex", expression);
    return replace.put("content", by);
  }

  static ObjectNode prepend(String text) {
    return part("Prepend").put("prepend", text);
  }

  /** Normalizer: the table of replacements of a SentencePiece model. */
  static ObjectNode precompiled(byte[] charsMap) {
    return part("Precompiled").put("precompiled_charsmap", charsMap);
  }

  /** Normalizer: takes the white space off the end. */
  static ObjectNode stripRight() {
    return part("Strip").put("strip_left", false).put("strip_right", true);
  }

  /** Decoder: takes one space off the start. */
  static ObjectNode stripFirstSpace() {
    return part("Strip").put("content", " ").put("start", 1).put("stop", 0);
  }

  /**
   * Pre-tokenizer and decoder of SentencePiece.
   *
   * @param prepend {@code always}, {@code first} or {@code never}: where a space is put before
   * @param split whether words are cut at spaces
   */
  static ObjectNode metaspace(String prepend, boolean split) {
    return part("Metaspace")
        .put("replacement", SPACE)
        .put("prepend_scheme", prepend)
        .put("split", split);
  }

  static ObjectNode byteFallback() {
    return part("ByteFallback");
  }

  static ObjectNode fuse() {
    return part("Fuse");
  }

  static ObjectNode wordPieceDecoder(String prefix) {
    return part("WordPiece").put("prefix", prefix).put("cleanup", true);
  }
}
