package io.weft.tokenizer.vocabulary;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a token adds to decoded text: the tokenizer's "decoder", taken token by token. {@link
 * Decoders} makes it from the file.
 */
sealed interface TokenText {
  /** UTF-8 that the token adds to a text that has begun. */
  byte[] bytes(String token);

  /** UTF-8 of the token as the first of a text, given what it adds elsewhere. */
  byte[] firstBytes(String token, byte[] elsewhere);

  /** Whether texts start without the space that their first token carries. */
  boolean stripLeadingSpace();

  /**
   * Tokens spelled in GPT-2's byte alphabet, one character a byte. A token with any other
   * character, which only added tokens have, stands for itself.
   */
  final class ByteLevel implements TokenText {
    private static final Map<Character, Byte> BYTES = alphabet();

    private static Map<Character, Byte> alphabet() {
      Map<Character, Byte> bytes = HashMap.newHashMap(256);
      int moved = 0;
      for (int b = 0; b < 256; b++) {
        boolean printable = (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
        bytes.put((char) (printable ? b : 256 + moved++), (byte) b);
      }
      return bytes;
    }

    @Override
    public byte[] bytes(String token) {
      byte[] bytes = new byte[token.length()];
      for (int i = 0; i < bytes.length; i++) {
        Byte b = BYTES.get(token.charAt(i));
        if (b == null) {
          return Vocabulary.utf8(token);
        }
        bytes[i] = b;
      }
      return bytes;
    }

    @Override
    public byte[] firstBytes(String token, byte[] elsewhere) {
      return elsewhere;
    }

    @Override
    public boolean stripLeadingSpace() {
      return false;
    }
  }

  /**
   * WordPiece: a space before each token but the first and those that continue a word. The cleanup
   * of English punctuation ({@code " ."} to {@code "."} and so on) sees one token at a time, as the
   * reference's does.
   *
   * @param prefix what tokens that continue a word begin with
   * @param cleanup whether to clean up
   */
  record WordPiece(String prefix, boolean cleanup) implements TokenText {
    private static final String[][] CLEANUP = {
      {" .", "."},
      {" ?", "?"},
      {" !", "!"},
      {" ,", ","},
      {" ' ", "'"},
      {" n't", "n't"},
      {" 'm", "'m"},
      {" do not", " don't"},
      {" 's", "'s"},
      {" 've", "'ve"},
      {" 're", "'re"}
    };

    @Override
    public byte[] bytes(String token) {
      boolean continues = !prefix.isEmpty() && token.startsWith(prefix);
      return clean(continues ? token.substring(prefix.length()) : " " + token);
    }

    @Override
    public byte[] firstBytes(String token, byte[] elsewhere) {
      return clean(token);
    }

    @Override
    public boolean stripLeadingSpace() {
      return true;
    }

    private byte[] clean(String text) {
      String clean = text;
      if (cleanup) {
        for (String[] rule : CLEANUP) {
          clean = clean.replace(rule[0], rule[1]);
        }
      }
      return clean.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
      return "WordPiece" + Arrays.asList(prefix, cleanup);
    }
  }

  /**
   * Metaspace: a mark stands for a space. The reference leaves out every mark of a text's first
   * token, not only the one at its start.
   *
   * @param mark what stands for a space
   * @param strip whether the first token's marks are left out
   */
  record Metaspace(String mark, boolean strip) implements TokenText {
    @Override
    public byte[] bytes(String token) {
      return Vocabulary.utf8(token.replace(mark, " "));
    }

    @Override
    public byte[] firstBytes(String token, byte[] elsewhere) {
      return strip ? Vocabulary.utf8(token.replace(mark, "")) : elsewhere;
    }

    @Override
    public boolean stripLeadingSpace() {
      return strip;
    }
  }

  /**
   * SentencePiece with byte tokens: a mark stands for a space, {@code <0x0A>} for a byte, and the
   * text's first space may be left out.
   *
   * @param mark what stands for a space
   * @param strip whether the text's first space is left out
   */
  record ByteFallback(String mark, boolean strip) implements TokenText {
    private static final Pattern BYTE = Pattern.compile("<0x([0-9A-Fa-f]{2})>");

    @Override
    public byte[] bytes(String token) {
      String text = token.replace(mark, " ");
      Matcher matcher = BYTE.matcher(text);
      return matcher.matches()
          ? new byte[] {(byte) Integer.parseInt(matcher.group(1), 16)}
          : Vocabulary.utf8(text);
    }

    @Override
    public byte[] firstBytes(String token, byte[] elsewhere) {
      boolean space = elsewhere.length > 0 && elsewhere[0] == ' ';
      return strip && space ? Arrays.copyOfRange(elsewhere, 1, elsewhere.length) : elsewhere;
    }

    @Override
    public boolean stripLeadingSpace() {
      return strip;
    }
  }
}
