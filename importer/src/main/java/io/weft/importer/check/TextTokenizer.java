package io.weft.importer.check;

import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import io.weft.runtime.text.TokenizerGrowth;
import io.weft.runtime.text.TokenizerRegexes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Turns text into ids with Hugging Face's tokenizers library, through DJL's JNI layer: its own
 * {@code HuggingFaceTokenizer} truncates and reports its use over the network.
 */
public final class TextTokenizer implements AutoCloseable {
  private static final TokenizersLibrary LIBRARY = load();

  private long handle;

  private TextTokenizer(long handle) {
    this.handle = handle;
  }

  private static TokenizersLibrary load() {
    // Offline: on a machine with a GPU, DJL would else download a CUDA build of the library.
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
    // On the command line nobody listens to DJL's log, and SLF4J need not say so.
    System.setProperty("slf4j.internal.verbosity", "ERROR");
    LibUtils.checkStatus();
    return TokenizersLibrary.LIB;
  }

  /**
   * Reads a {@code tokenizer.json}.
   *
   * @throws IllegalArgumentException when the library does not accept it, or it makes texts far
   *     longer
   */
  public static TextTokenizer open(Path file) throws IOException {
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
    LIBRARY.disableTruncation(handle);
    LIBRARY.disablePadding(handle);
    return new TextTokenizer(handle);
  }

  /** The ids of a text, with or without the special tokens that the tokenizer adds. */
  public long[] encode(String text, boolean addSpecialTokens) {
    long encoding = LIBRARY.encode(handle, text, addSpecialTokens);
    try {
      return LIBRARY.getTokenIds(encoding);
    } finally {
      LIBRARY.deleteEncoding(encoding);
    }
  }

  @Override
  public void close() {
    if (handle != 0) {
      LIBRARY.deleteTokenizer(handle);
      handle = 0;
    }
  }
}
