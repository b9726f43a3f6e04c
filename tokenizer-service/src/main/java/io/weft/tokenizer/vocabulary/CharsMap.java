package io.weft.tokenizer.vocabulary;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.runtime.text.TokenizerGrowth;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.BitSet;

/**
 * Checks SentencePiece's compiled table of replacements ("precompiled_charsmap"): the size of a
 * trie in bytes (4 bytes, little endian), the trie as a double array (Darts-clone, 4 bytes a node),
 * and the replacements, null-terminated UTF-8. The library follows its links unchecked, so every
 * node that some text leads to is visited here.
 */
final class CharsMap {
  /** The largest table there is, of NFKC with case folding, has 300 KB. */
  private static final int MAX_BYTES = 1 << 24;

  /** Bytes of a text that a replacement may be as long for; real ones are of two characters. */
  private static final int LONGEST = 8;

  private final int[] nodes;
  private final byte[] texts;

  private CharsMap(int[] nodes, byte[] texts) {
    this.nodes = nodes;
    this.texts = texts;
  }

  /**
   * @throws IllegalArgumentException when the table is broken
   */
  static void check(JsonNode base64) {
    byte[] map;
    try {
      map = base64.binaryValue();
    } catch (IOException e) {
      throw broken("it is no base64", e);
    }
    if (map == null || map.length < 8 || map.length > MAX_BYTES) {
      throw broken("it has %s bytes".formatted(map == null ? "no" : map.length), null);
    }
    ByteBuffer buffer = ByteBuffer.wrap(map).order(ByteOrder.LITTLE_ENDIAN);
    long size = Integer.toUnsignedLong(buffer.getInt());
    if (size < 4 || size % 4 != 0 || size > buffer.remaining()) {
      throw broken("its trie has %,d bytes of %,d".formatted(size, buffer.remaining()), null);
    }
    int[] nodes = new int[(int) size / 4];
    for (int i = 0; i < nodes.length; i++) {
      nodes[i] = buffer.getInt();
    }
    byte[] texts = new byte[buffer.remaining()];
    buffer.get(texts);
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(texts));
    } catch (CharacterCodingException e) {
      throw broken("its replacements are no UTF-8", e);
    }
    new CharsMap(nodes, texts).walk();
  }

  private void walk() {
    BitSet seen = new BitSet(nodes.length);
    ArrayDeque<Place> open = new ArrayDeque<>();
    open.add(new Place(offset(node(0)), 1));
    while (!open.isEmpty()) {
      Place place = open.remove();
      int base = place.base;
      for (int value = 1; value < 256; value++) {
        int child = base ^ value;
        int unit = node(child);
        if ((unit & (0x80000000 | 0xff)) != value || seen.get(child)) {
          continue;
        }
        seen.set(child);
        int next = child ^ offset(unit);
        if (((unit >>> 8) & 1) == 1) {
          requireText(node(next) & 0x7fffffff, place.length);
        }
        open.add(new Place(next, place.length + 1));
      }
    }
  }

  private int node(int index) {
    if (index < 0 || index >= nodes.length) {
      throw broken("it leads to node %d of %,d".formatted(index, nodes.length), null);
    }
    return nodes[index];
  }

  private static int offset(int unit) {
    return (unit >>> 10) << ((unit & (1 << 9)) >>> 6);
  }

  /**
   * Where the trie has been followed to.
   *
   * @param length bytes of the text that leads to its children; the shortest comes first
   */
  private record Place(int base, int length) {}

  /** A replacement begins within the texts, at a character, and is not far longer than the text. */
  private void requireText(int start, int length) {
    if (start > texts.length || (start < texts.length && (texts[start] & 0xc0) == 0x80)) {
      throw broken("a replacement begins at %,d of %,d".formatted(start, texts.length), null);
    }
    int limit = Math.min(length, LONGEST) * TokenizerGrowth.MAX_PRECOMPILED;
    for (int i = start; i < texts.length && texts[i] != 0; i++) {
      if (i - start == limit) {
        throw broken(
            "it makes more than %d bytes of %d; the limit is %d for each, up to %d"
                .formatted(limit, length, TokenizerGrowth.MAX_PRECOMPILED, LONGEST),
            null);
      }
    }
  }

  private static IllegalArgumentException broken(
      String why, @org.jspecify.annotations.Nullable Throwable cause) {
    return new IllegalArgumentException("\"precompiled_charsmap\" is broken: " + why, cause);
  }
}
