package io.weft.tokenizer.vocabulary;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A model's tokens by id: what each is called, and the bytes that it adds to decoded text. Ids run
 * from 0 to {@link #size()} - 1; those that no token has are unused. Immutable.
 */
public final class Vocabulary {
  private static final byte[] NOTHING = {};

  private final @Nullable String[] tokens;
  private final byte[][] bytes;
  private final boolean[] special;
  private final boolean[] added;
  private final TokenText text;
  private final int unknown;
  private final boolean marksContinuations;
  private final Map<String, Integer> ids;
  private final String hash;

  /**
   * @param tokens the tokens by id; null for unused ids
   * @param special which of them are special
   * @param added which of them are found in a text before the model cuts it
   * @param text how tokens become text
   * @param unknown id of what unknown text becomes; -1 without one
   * @param marksContinuations whether tokens inside a word begin with a prefix
   */
  Vocabulary(
      @Nullable String[] tokens,
      boolean[] special,
      boolean[] added,
      TokenText text,
      int unknown,
      boolean marksContinuations) {
    this.tokens = tokens.clone();
    this.special = special.clone();
    this.added = added.clone();
    this.text = text;
    this.unknown = unknown;
    this.marksContinuations = marksContinuations;
    this.bytes = new byte[tokens.length][];
    this.ids = HashMap.newHashMap(tokens.length);
    for (int id = 0; id < tokens.length; id++) {
      String token = tokens[id];
      bytes[id] = token == null ? NOTHING : text.bytes(token);
      if (token != null) {
        ids.put(token, id);
      }
    }
    this.hash = computeHash();
  }

  /** Number of ids, used and unused. */
  public int size() {
    return tokens.length;
  }

  /** The token as the tokenizer's file spells it; null for an unused id. */
  public @Nullable String token(int id) {
    return tokens[id];
  }

  /** The id of a token. */
  public OptionalInt id(String token) {
    Integer id = ids.get(token);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /** UTF-8 that the token adds to a text that has begun; the caller must not change it. */
  public byte[] bytes(int id) {
    return bytes[id];
  }

  /**
   * UTF-8 of the token as the first of a text. With {@link #stripLeadingSpace()} that is {@link
   * #bytes} without its leading space, and for a token that continues a word its whole spelling.
   */
  public byte[] firstBytes(int id) {
    String token = tokens[id];
    return token == null ? NOTHING : text.firstBytes(token, bytes[id]);
  }

  /** Bytes of all ids together, special tokens included; all of them must be within the table. */
  public long textBytes(int[] ids) {
    long sum = 0;
    for (int id : ids) {
      sum += bytes[id].length;
    }
    return sum;
  }

  /** Whether the token is left out of text unless asked for. */
  public boolean special(int id) {
    return special[id];
  }

  /** Whether the token is found in a text before the model cuts it. */
  public boolean added(int id) {
    return added[id];
  }

  /** Whether no token has this id. */
  public boolean unused(int id) {
    return tokens[id] == null;
  }

  /** Whether it is the token that unknown text becomes. */
  public boolean unknown(int id) {
    return id == unknown;
  }

  /** Whether a token inside a word is spelled with a prefix that says so, such as {@code ##}. */
  public boolean marksContinuations() {
    return marksContinuations;
  }

  /** Whether a text starts without the space that its first token carries. */
  public boolean stripLeadingSpace() {
    return text.stripLeadingSpace();
  }

  /**
   * Identifies the table: SHA-256, lower-case hex, over all entries by ascending id: the id (4
   * bytes, big endian), the flags (1 byte: 1 special, 2 unused), the number of bytes (4 bytes) and
   * the bytes.
   */
  public String hash() {
    return hash;
  }

  private String computeHash() {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
    ByteBuffer head = ByteBuffer.allocate(9);
    for (int id = 0; id < tokens.length; id++) {
      int flags = (special[id] ? 1 : 0) | (unused(id) ? 2 : 0);
      digest.update(head.clear().putInt(id).put((byte) flags).putInt(bytes[id].length).flip());
      digest.update(bytes[id]);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  @Override
  public String toString() {
    return "Vocabulary[%d tokens, %s]".formatted(ids.size(), hash);
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
