package io.weft.tokenizer.encode;

import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Hugging Face's tokenizers library through DJL's JNI layer: turns text into ids, exactly as the
 * reference does, because it is the reference.
 *
 * <p>The layer is used directly and not through DJL's {@code HuggingFaceTokenizer}, which fetches
 * every field of every encoding, keeps truncation as state of the tokenizer, and reports its use
 * over the network. Encoding does not change the native object, so any number of threads may call
 * {@link #encode} at once; {@link #close} must come after all of them. One that is forgotten while
 * it is used, as a model is replaced, is freed when the last use is over.
 */
public final class NativeTokenizer implements AutoCloseable {
  private static final TokenizersLibrary LIBRARY = load();

  private static final Cleaner CLEANER = Cleaner.create();

  private final long handle;
  private final Cleaner.Cleanable freeing;

  private NativeTokenizer(long handle) {
    this.handle = handle;
    this.freeing = CLEANER.register(this, () -> LIBRARY.deleteTokenizer(handle));
  }

  private static TokenizersLibrary load() {
    // Offline: on a machine with a GPU, DJL would else download a CUDA build of the library.
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
    LibUtils.checkStatus();
    return TokenizersLibrary.LIB;
  }

  /**
   * Makes a tokenizer from the text of its file, which has been checked. The file's own truncation
   * and padding are switched off.
   *
   * @throws IllegalArgumentException when the library does not accept it
   */
  public static NativeTokenizer open(String json) {
    long handle;
    try {
      handle = LIBRARY.createTokenizerFromString(json);
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          "the tokenizers library does not accept it: " + e.getMessage(), e);
    }
    LIBRARY.disableTruncation(handle);
    LIBRARY.disablePadding(handle);
    return new NativeTokenizer(handle);
  }

  /**
   * Encodes a text, or a pair of texts, in full.
   *
   * @param addSpecialTokens whether the tokenizer's own special tokens are added
   * @param fields what is wanted beside the ids
   */
  public Tokens encode(
      String text, @Nullable String pair, boolean addSpecialTokens, TokenFields fields) {
    long encoding =
        pair == null
            ? LIBRARY.encode(handle, text, addSpecialTokens)
            : LIBRARY.encodeDual(handle, text, pair, addSpecialTokens);
    try {
      return new Tokens(
          ints(LIBRARY.getTokenIds(encoding)),
          ints(LIBRARY.getTypeIds(encoding)),
          ints(LIBRARY.getSequenceIds(encoding)),
          fields.wordIds() ? ints(LIBRARY.getWordIds(encoding)) : null,
          fields.offsets() ? spans(LIBRARY.getTokenCharSpans(encoding)) : null);
    } finally {
      LIBRARY.deleteEncoding(encoding);
      Reference.reachabilityFence(this);
    }
  }

  /** Decodes ids as the reference does; only to prove our own table. */
  public String decode(int id) {
    try {
      return LIBRARY.decode(handle, new long[] {id}, false);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public void close() {
    freeing.clean();
  }

  private static int[] ints(long[] values) {
    return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
  }

  /** Start and end of each token in code points, one behind the other; 0, 0 for special tokens. */
  private static int[] spans(@Nullable CharSpan[] spans) {
    int[] flat = new int[2 * spans.length];
    for (int i = 0; i < spans.length; i++) {
      CharSpan span = spans[i];
      if (span != null) {
        flat[2 * i] = span.getStart();
        flat[2 * i + 1] = span.getEnd();
      }
    }
    return flat;
  }
}
