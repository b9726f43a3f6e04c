package io.weft.importer.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.importer.error.ImportException;
import io.weft.importer.tokenizer.AddedToken;
import io.weft.importer.tokenizer.ByteLevelBpe;
import io.weft.importer.tokenizer.Template;
import io.weft.importer.tokenizer.TokenTable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The {@code tokenizer.json} of ByT5, which its checkpoints lack: every byte of the text is a
 * token, numbered from {@link #FIRST_BYTE}; before them {@code <pad>}, {@code </s>} and {@code
 * <unk>}, after them the sentinels {@code <extra_id_N>}; {@code </s>} ends every text. As {@code
 * tokenization_byt5.py} in transformers.
 *
 * <p>Written as byte-level BPE without merges. Decoding replaces bytes that are no UTF-8 by U+FFFD,
 * as for every other byte-level tokenizer; transformers' class for ByT5 leaves them out.
 */
final class ByT5Tokenizer {
  /** What config.json and tokenizer_config.json call this tokenizer. */
  static final String CLASS = "ByT5Tokenizer";

  private static final int FIRST_BYTE = 3;
  private static final int BYTES = 256;
  private static final int MAX_EXTRA = 1 << 14;
  private static final int MAX_CONTENT = 1_024;
  private static final String[] SPECIAL_FIELDS = {"pad_token", "eos_token", "unk_token"};
  private static final String[] SPECIAL = {"<pad>", "</s>", "<unk>"};

  private final SortedMap<Integer, Added> added;

  private ByT5Tokenizer(SortedMap<Integer, Added> added) {
    this.added = added;
  }

  /** A token that is recognised in the text as a whole, with the space around it or without. */
  private record Added(String content, boolean strip) {}

  /** Whether a folder without tokenizer.json has this tokenizer. */
  static boolean isMeant(JsonNode config, JsonNode settings) {
    return config.path("tokenizer_class").asText("").equals(CLASS)
        || settings.path("tokenizer_class").asText("").equals(CLASS);
  }

  /**
   * @param settings the content of tokenizer_config.json, or a missing node
   * @param vocabularySize rows of the embedding table
   * @throws ImportException when the added tokens do not fit the bytes or the table
   */
  static ByT5Tokenizer read(JsonNode settings, int vocabularySize) {
    SortedMap<Integer, Added> added = new TreeMap<>();
    for (int id = 0; id < FIRST_BYTE; id++) {
      String content = content(settings.path(SPECIAL_FIELDS[id]), SPECIAL[id]);
      added.put(id, new Added(content, true));
    }
    if (settings.path("added_tokens_decoder").isEmpty()) {
      addExtra(added, settings);
    } else {
      addListed(added, settings.path("added_tokens_decoder"));
    }
    check(added, vocabularySize);
    return new ByT5Tokenizer(added);
  }

  /** Sentinels without a list of ids stand behind the bytes. */
  private static void addExtra(SortedMap<Integer, Added> added, JsonNode settings) {
    int id = FIRST_BYTE + BYTES;
    JsonNode named = settings.path("additional_special_tokens");
    if (!named.isEmpty()) {
      for (JsonNode token : named) {
        added.put(id++, new Added(content(token, ""), false));
      }
      return;
    }
    int count = settings.path("extra_ids").asInt(125);
    if (count < 0 || count > MAX_EXTRA) {
      throw new ImportException(
          "tokenizer_config.json: extra_ids is %,d, it must lie in [0, %,d]"
              .formatted(count, MAX_EXTRA));
    }
    for (int i = 0; i < count; i++) {
      added.put(id++, new Added("<extra_id_" + i + ">", false));
    }
  }

  private static void addListed(SortedMap<Integer, Added> added, JsonNode listed) {
    if (listed.size() > MAX_EXTRA) {
      throw new ImportException(
          "tokenizer_config.json: added_tokens_decoder has %,d tokens, the limit is %,d"
              .formatted(listed.size(), MAX_EXTRA));
    }
    for (Map.Entry<String, JsonNode> entry : listed.properties()) {
      if (!entry.getKey().matches("[0-9]{1,7}")) {
        throw new ImportException(
            "tokenizer_config.json: added_tokens_decoder has the id '%s'"
                .formatted(entry.getKey()));
      }
      boolean strip = entry.getValue().path("lstrip").asBoolean(false);
      if (strip != entry.getValue().path("rstrip").asBoolean(false)) {
        throw new ImportException(
            "tokenizer_config.json: added token %s has lstrip and rstrip apart, which is not"
                    .formatted(entry.getKey())
                + " supported");
      }
      added.put(Integer.parseInt(entry.getKey()), new Added(content(entry.getValue(), ""), strip));
    }
  }

  /** The text of a token, which stands there as itself or in an object. */
  private static String content(JsonNode token, String otherwise) {
    return token.isObject() ? token.path("content").asText("") : token.asText(otherwise);
  }

  private static void check(SortedMap<Integer, Added> added, int vocabularySize) {
    Set<String> contents = new HashSet<>();
    added.forEach(
        (id, token) -> {
          boolean isByte = id >= FIRST_BYTE && id < FIRST_BYTE + BYTES;
          if (isByte || id >= vocabularySize) {
            throw new ImportException(
                "tokenizer_config.json: added token '%s' has id %,d, which is %s"
                    .formatted(
                        token.content,
                        id,
                        isByte ? "that of a byte" : "not below " + vocabularySize));
          }
          // A single character would be taken for a byte.
          int length = token.content.length();
          if (length < 2 || length > MAX_CONTENT || !contents.add(token.content)) {
            throw new ImportException(
                "tokenizer_config.json: added token %,d must have a text of its own, of 2 to %,d"
                        .formatted(id, MAX_CONTENT)
                    + " characters");
          }
        });
    if (vocabularySize < FIRST_BYTE + BYTES) {
      throw new ImportException(
          "config.json: vocab_size is %,d, a byte tokenizer needs at least %,d"
              .formatted(vocabularySize, FIRST_BYTE + BYTES));
    }
  }

  void write(Path target) {
    List<AddedToken> listed = new ArrayList<>();
    added.forEach(
        (id, token) ->
            listed.add(
                new AddedToken(id, token.content, true, token.strip, token.strip, false, false)));
    String end = Objects.requireNonNull(added.get(1)).content;
    ByteLevelBpe.withoutMerges(table(), listed, Template.t5(new Template.Special(end, 1)))
        .write(target);
  }

  private TokenTable table() {
    @Nullable String[] tokens = new String[Math.max(FIRST_BYTE + BYTES, added.lastKey() + 1)];
    added.forEach((id, token) -> tokens[id] = token.content);
    int others = 0;
    for (int value = 0; value < BYTES; value++) {
      int shown = isPrintable(value) ? value : BYTES + others++;
      tokens[FIRST_BYTE + value] = Character.toString(shown);
    }
    return TokenTable.of(Arrays.asList(tokens));
  }

  /**
   * Byte-level BPE shows a byte as the character of that number where it is visible, and the others
   * in order as the characters from 256 on (bytes_to_unicode in GPT-2's encoder.py).
   */
  private static boolean isPrintable(int value) {
    return (value >= '!' && value <= '~')
        || (value >= 0xA1 && value <= 0xAC)
        || (value >= 0xAE && value <= 0xFF);
  }
}
