package io.weft.tokenizer.vocabulary;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Turns ids into text as they come. Bytes that may yet become a character are held back; bytes that
 * cannot are one U+FFFD for each broken sequence, as in the reference. The pieces put together are
 * the text of all ids decoded at once, which is {@link #decode}. Confined to one thread.
 */
public final class Detokenizer {
  private static final int LONGEST_CHARACTER = 4;

  private final Vocabulary vocabulary;
  private final boolean skipSpecialTokens;
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);

  /** Bytes not yet turned into text; between calls the beginning of one character at most. */
  private ByteBuffer held = ByteBuffer.allocate(LONGEST_CHARACTER).flip();

  private boolean begun;

  /**
   * @param skipSpecialTokens leave special tokens out of the text
   */
  public Detokenizer(Vocabulary vocabulary, boolean skipSpecialTokens) {
    this.vocabulary = vocabulary;
    this.skipSpecialTokens = skipSpecialTokens;
  }

  /** The text of one whole sequence of ids, all of them within the vocabulary. */
  public static String decode(Vocabulary vocabulary, int[] ids, boolean skipSpecialTokens) {
    Detokenizer detokenizer = new Detokenizer(vocabulary, skipSpecialTokens);
    String text = detokenizer.append(ids);
    return text.concat(detokenizer.finish());
  }

  /** The text that these ids complete; all of them must be within the vocabulary. */
  public String append(int[] ids) {
    byte[][] pieces = new byte[ids.length][];
    int size = held.remaining();
    for (int i = 0; i < ids.length; i++) {
      pieces[i] = piece(ids[i]);
      size = Math.addExact(size, pieces[i].length);
    }
    ByteBuffer bytes = ByteBuffer.allocate(size).put(held);
    for (byte[] piece : pieces) {
      bytes.put(piece);
    }
    return decode(bytes.flip(), false);
  }

  /** The text of the bytes still held. Nothing may be appended afterwards. */
  public String finish() {
    return decode(held, true);
  }

  private byte[] piece(int id) {
    if (vocabulary.unused(id) || (skipSpecialTokens && vocabulary.special(id))) {
      return new byte[0];
    }
    boolean first = !begun;
    begun = true;
    return first ? vocabulary.firstBytes(id) : vocabulary.bytes(id);
  }

  private String decode(ByteBuffer bytes, boolean end) {
    CharBuffer text = CharBuffer.allocate(bytes.remaining() + 1);
    decoder.decode(bytes, text, end);
    if (end) {
      decoder.flush(text);
    }
    held = ByteBuffer.allocate(LONGEST_CHARACTER).put(bytes).flip();
    return text.flip().toString();
  }
}
