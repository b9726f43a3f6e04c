package io.weft.generator.text;

import java.nio.ByteBuffer;

/**
 * Turns tokens into text as they come. The pieces joined equal the decoding of all tokens at once;
 * part of a character is held back until it is whole.
 *
 * <p>Mutable; belongs to one thread.
 */
public final class IncrementalText {
  private final Vocabulary vocabulary;
  private final boolean includeSpecial;
  private final Utf8Decoder decoder = new Utf8Decoder();
  private boolean stripSpace;

  /**
   * A text of its own: it starts without the space that some tokenizers put before a text.
   *
   * @param includeSpecial keep special tokens in the text
   */
  public IncrementalText(Vocabulary vocabulary, boolean includeSpecial) {
    this(vocabulary, includeSpecial, false);
  }

  /**
   * @param includeSpecial keep special tokens in the text
   * @param continues the text goes on after another, so that its first space belongs to it: both
   *     joined are the decoding of all their tokens
   */
  IncrementalText(Vocabulary vocabulary, boolean includeSpecial, boolean continues) {
    this.vocabulary = vocabulary;
    this.includeSpecial = includeSpecial;
    this.stripSpace = vocabulary.stripLeadingSpace() && !continues;
  }

  /** How many of its first bytes the next token would leave out of the text. */
  int omitted(int id) {
    ByteBuffer bytes = vocabulary.bytes(id);
    if (!includeSpecial && vocabulary.isSpecial(id)) {
      return bytes.remaining();
    }
    return stripSpace && bytes.hasRemaining() && bytes.get(bytes.position()) == ' ' ? 1 : 0;
  }

  /** Takes the next token and returns the text that is now certain, perhaps none. */
  public String add(int id) {
    if (!includeSpecial && vocabulary.isSpecial(id)) {
      return "";
    }
    ByteBuffer bytes = vocabulary.bytes(id);
    if (bytes.hasRemaining()) {
      bytes.position(bytes.position() + omitted(id));
      stripSpace = false;
    }
    StringBuilder text = new StringBuilder(bytes.remaining());
    while (bytes.hasRemaining()) {
      decoder.accept(bytes.get(), text);
    }
    return text.toString();
  }

  /** Ends the text and returns what was held back: U+FFFD for an unfinished character. */
  public String finish() {
    StringBuilder text = new StringBuilder();
    decoder.finish(text);
    return text.toString();
  }
}
