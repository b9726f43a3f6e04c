package io.weft.tokenizer.encode;

import io.weft.runtime.error.WeftException;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Encodes single items: the native encoding, then truncation, then the unit of offsets. */
public final class TextEncoder {
  /** Most UTF-8 bytes of one text. */
  public static final int MAX_TEXT_BYTES = 1 << 20;

  private final NativeTokenizer tokenizer;
  private final int contextLength;

  /**
   * @param contextLength the bound where a truncation names none, in tokens
   */
  public TextEncoder(NativeTokenizer tokenizer, int contextLength) {
    this.tokenizer = tokenizer;
    this.contextLength = contextLength;
  }

  /**
   * Encodes one item.
   *
   * @param budget is told how many tokens the answer will hold before they are copied; may throw
   * @throws WeftException.InvalidRequest when a text is too long, in bytes or in tokens, or is no
   *     Unicode text
   */
  public EncodedText encode(TextItem item, EncodeOptions options, LongConsumer budget) {
    requireText(item.text(), "text");
    if (item.pair() != null) {
      requireText(item.pair(), "pair");
    }
    Tokens full = encode(item, options);
    Truncation truncation = options.truncation();
    if (truncation == null) {
      budget.accept(full.length());
      return new EncodedText(unit(full, item, options), 0, List.of());
    }
    List<Tokens> windows =
        Windows.of(full, truncation, truncation.limit(contextLength), budget).stream()
            .map(window -> unit(window, item, options))
            .toList();
    return new EncodedText(
        windows.getFirst(),
        full.length() - windows.getFirst().length(),
        windows.subList(1, windows.size()));
  }

  private Tokens encode(TextItem item, EncodeOptions options) {
    Tokens tokens =
        tokenizer.encode(item.text(), item.pair(), options.addSpecialTokens(), options.fields());
    PipelineWords words = options.words();
    return words == null ? tokens : words.number(tokens, item);
  }

  private static void requireText(String text, String name) {
    long bytes = Utf8.length(text);
    if (bytes > MAX_TEXT_BYTES) {
      throw new WeftException.InvalidRequest(
          "TEXT_TOO_LONG", "%,d bytes > %,d".formatted(bytes, MAX_TEXT_BYTES), name);
    }
    int broken = Utf8.loneSurrogate(text);
    if (broken >= 0) {
      // The native library would see another text.
      throw new WeftException.InvalidRequest(
          "TEXT_NOT_UNICODE",
          "half a surrogate pair at UTF-16 position %,d".formatted(broken),
          name);
    }
  }

  private static Tokens unit(Tokens tokens, TextItem item, EncodeOptions options) {
    int[] spans = tokens.spans();
    if (spans == null || !options.utf16()) {
      return tokens;
    }
    int @Nullable [] first = utf16Positions(item.text());
    int @Nullable [] second = item.pair() == null ? null : utf16Positions(item.pair());
    if (first == null && second == null) {
      return tokens;
    }
    int[] converted = spans.clone();
    for (int i = 0; i < tokens.length(); i++) {
      int sequence = tokens.sequences()[i];
      int[] positions = sequence == 0 ? first : sequence == 1 ? second : null;
      if (positions != null) {
        converted[2 * i] = positions[spans[2 * i]];
        converted[2 * i + 1] = positions[spans[2 * i + 1]];
      }
    }
    return new Tokens(
        tokens.ids(), tokens.typeIds(), tokens.sequences(), tokens.wordIds(), converted);
  }

  /** The UTF-16 position of each code point and of the end; null where they are the same. */
  private static int @Nullable [] utf16Positions(String text) {
    int codePoints = text.codePointCount(0, text.length());
    if (codePoints == text.length()) {
      return null;
    }
    int[] positions = new int[codePoints + 1];
    int position = 0;
    for (int i = 0; i < codePoints; i++) {
      positions[i] = position;
      position += Character.charCount(text.codePointAt(position));
    }
    positions[codePoints] = position;
    return positions;
  }
}
