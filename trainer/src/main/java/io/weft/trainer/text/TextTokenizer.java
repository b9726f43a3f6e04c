package io.weft.trainer.text;

import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import io.weft.runtime.text.TokenizerGrowth;
import io.weft.runtime.text.TokenizerRegexes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Hugging Face's tokenizers library through DJL's JNI layer, as the tokenizer service uses it; it
 * truncates as transformers does, a pair at its longer text. For one thread.
 */
public final class TextTokenizer implements AutoCloseable {
  private static final String LONGEST_FIRST = "LONGEST_FIRST";

  private static final TokenizersLibrary LIBRARY = load();

  private long handle;

  private TextTokenizer(long handle) {
    this.handle = handle;
  }

  private static TokenizersLibrary load() {
    // Offline: on a machine with a GPU, DJL would else download a CUDA build of the library.
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
    LibUtils.checkStatus();
    return TokenizersLibrary.LIB;
  }

  /**
   * Reads a {@code tokenizer.json}.
   *
   * @param maxTokens at which every text is cut, special tokens included
   * @throws IllegalArgumentException when the library does not accept the file
   */
  public static TextTokenizer open(Path file, int maxTokens) throws IOException {
    String json = Files.readString(file);
    long handle;
    try {
      TokenizerGrowth.check(json);
      TokenizerRegexes.check(json);
      handle = LIBRARY.createTokenizerFromString(json);
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          "the tokenizers library does not accept %s: %s".formatted(file, e.getMessage()), e);
    }
    LIBRARY.disablePadding(handle);
    LIBRARY.setTruncation(handle, maxTokens, LONGEST_FIRST, 0);
    return new TextTokenizer(handle);
  }

  /** A text, or a pair of texts. */
  TokenizedText encode(String text, @Nullable String pair) {
    long encoding =
        pair == null
            ? LIBRARY.encode(handle, text, true)
            : LIBRARY.encodeDual(handle, text, pair, true);
    try {
      return tokens(encoding, new int[0]);
    } finally {
      LIBRARY.deleteEncoding(encoding);
    }
  }

  /** Words with a space between each two, as a text that is served has them. */
  TokenizedText encodeWords(List<String> words) {
    long encoding = LIBRARY.encode(handle, String.join(" ", words), true);
    try {
      return tokens(encoding, firstTokens(LIBRARY.getTokenCharSpans(encoding), words));
    } finally {
      LIBRARY.deleteEncoding(encoding);
    }
  }

  /** Of each token the word that it is the first of, or -1; places are code points. */
  private static int[] firstTokens(@Nullable CharSpan[] spans, List<String> words) {
    int[] first = new int[spans.length];
    int word = 0;
    int begin = 0;
    boolean taken = false;
    for (int i = 0; i < spans.length; i++) {
      first[i] = -1;
      CharSpan span = spans[i];
      if (span == null || span.getEnd() <= span.getStart()) {
        continue;
      }
      // By its last place: the space before a word may belong to its first token.
      while (word < words.size() && span.getEnd() - 1 >= begin + length(words.get(word))) {
        begin += length(words.get(word)) + 1;
        word++;
        taken = false;
      }
      if (word < words.size() && span.getEnd() - 1 >= begin && !taken) {
        first[i] = word;
        taken = true;
      }
    }
    return first;
  }

  private static int length(String word) {
    return word.codePointCount(0, word.length());
  }

  private static TokenizedText tokens(long encoding, int[] words) {
    return new TokenizedText(
        ints(LIBRARY.getTokenIds(encoding)), ints(LIBRARY.getTypeIds(encoding)), words);
  }

  private static int[] ints(long[] values) {
    return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
  }

  @Override
  public void close() {
    if (handle != 0) {
      LIBRARY.deleteTokenizer(handle);
      handle = 0;
    }
  }
}
