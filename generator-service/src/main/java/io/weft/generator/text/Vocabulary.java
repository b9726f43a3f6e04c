package io.weft.generator.text;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.BitSet;
import java.util.HexFormat;

/**
 * What each token adds to the text: the table that the tokenizer service hands out. Immutable; one
 * byte array holds all tokens.
 */
public final class Vocabulary {
  private static final int FLAG_SPECIAL = 1;
  private static final int FLAG_UNUSED = 2;

  private final byte[] bytes;

  /** Token i spells bytes [starts[i], starts[i + 1]). */
  private final int[] starts;

  private final BitSet special;
  private final boolean stripLeadingSpace;
  private final String hash;

  private Vocabulary(
      byte[] bytes, int[] starts, BitSet special, boolean stripLeadingSpace, String hash) {
    this.bytes = bytes;
    this.starts = starts;
    this.special = special;
    this.stripLeadingSpace = stripLeadingSpace;
    this.hash = hash;
  }

  /** Number of tokens; ids are below it. */
  public int size() {
    return starts.length - 1;
  }

  /**
   * SHA-256 over the entries, lower-case hex, as {@code VocabularyHeader.hash} of the tokenizer's
   * contract defines it.
   */
  public String hash() {
    return hash;
  }

  /** A token such as {@code <|im_end|>}: left out of text unless asked for. */
  public boolean isSpecial(int id) {
    return special.get(id);
  }

  /** Whether a decoded text starts without the space that its first token carries. */
  public boolean stripLeadingSpace() {
    return stripLeadingSpace;
  }

  /** The UTF-8 bytes that a token adds; empty for ids past the end of the table. */
  public ByteBuffer bytes(int id) {
    if (id >= size()) {
      return ByteBuffer.allocate(0);
    }
    return ByteBuffer.wrap(bytes, starts[id], starts[id + 1] - starts[id]).asReadOnlyBuffer();
  }

  /** Whether the token puts text before what follows it: not a special one, nor an empty one. */
  public boolean isText(int id) {
    return id < size() && !isSpecial(id) && starts[id + 1] > starts[id];
  }

  /** Collects the entries of a vocabulary, ids ascending from 0. */
  public static final class Builder {
    private final int size;
    private final int[] starts;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final BitSet special = new BitSet();
    private final MessageDigest digest = sha256();
    private int next;

    /**
     * @param size number of entries to come, at least 1
     */
    public Builder(int size) {
      if (size < 1) {
        throw new IllegalArgumentException("a vocabulary of %d entries".formatted(size));
      }
      this.size = size;
      this.starts = new int[size + 1];
    }

    /**
     * Adds the next entry.
     *
     * @throws IllegalArgumentException when it is not the next, or one too many
     */
    public void add(int id, byte[] spelling, boolean isSpecial, boolean isUnused) {
      if (id != next || id >= size) {
        throw new IllegalArgumentException(
            "entry %d where %d was due in a vocabulary of %d".formatted(id, next, size));
      }
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(id).flip());
      digest.update((byte) ((isSpecial ? FLAG_SPECIAL : 0) | (isUnused ? FLAG_UNUSED : 0)));
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(spelling.length).flip());
      digest.update(spelling);
      bytes.writeBytes(spelling);
      special.set(id, isSpecial);
      next++;
      starts[next] = bytes.size();
    }

    /**
     * The whole vocabulary.
     *
     * @throws IllegalArgumentException when entries are missing
     */
    public Vocabulary build(boolean stripLeadingSpace) {
      if (next != size) {
        throw new IllegalArgumentException("%d entries of %d".formatted(next, size));
      }
      String hash = HexFormat.of().formatHex(digest.digest());
      return new Vocabulary(bytes.toByteArray(), starts, special, stripLeadingSpace, hash);
    }

    private static MessageDigest sha256() {
      try {
        return MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java has SHA-256", e);
      }
    }
  }
}
