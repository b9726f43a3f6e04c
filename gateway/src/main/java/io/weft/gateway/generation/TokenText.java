package io.weft.gateway.generation;

import io.weft.gateway.backend.GenerationEvent.LogprobEntry;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tokens as text, for log probabilities. */
public final class TokenText {
  /** OpenAI's stand-in for a probability of zero, since JSON has no infinity. */
  private static final float LOWEST = -9999f;

  private TokenText() {}

  /** What a token spells; part of a character as {@code \xe2\x80}. */
  public static String of(LogprobEntry entry) {
    String text = decode(entry.bytes());
    return text == null ? escaped(entry.bytes()) : text;
  }

  /** The same in the older style of completions: part of a character as {@code bytes:\xe2\x80}. */
  public static String ofCompletion(LogprobEntry entry) {
    String text = decode(entry.bytes());
    return text == null ? "bytes:" + escaped(entry.bytes()) : text;
  }

  /** A log probability that JSON can carry. */
  public static float logprob(LogprobEntry entry) {
    return Math.max(LOWEST, entry.logprob());
  }

  private static @Nullable String decode(List<Integer> bytes) {
    ByteBuffer buffer = ByteBuffer.allocate(bytes.size());
    bytes.forEach(b -> buffer.put(b.byteValue()));
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(buffer.flip()).toString();
    } catch (CharacterCodingException partOfCharacter) {
      return null;
    }
  }

  private static String escaped(List<Integer> bytes) {
    StringBuilder text = new StringBuilder();
    bytes.forEach(b -> text.append("\\x").append(HexFormat.of().toHexDigits(b.byteValue())));
    return text.toString();
  }
}
