package io.weft.tokenizer.vocabulary;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the "decoder" of a file: those that work token by token. */
final class Decoders {
  private static final List<String> FALLBACK = List.of("Replace", "ByteFallback", "Fuse");

  private Decoders() {}

  /**
   * The decoder that a file names.
   *
   * @throws IllegalArgumentException when it is not one that works token by token
   */
  static TokenText of(@Nullable JsonNode decoder) {
    if (decoder == null || decoder.isNull()) {
      throw TokenizerCheck.unsupported("a tokenizer without a decoder is not supported");
    }
    String type = decoder.path("type").asText();
    return switch (type) {
      case "ByteLevel" -> new TokenText.ByteLevel();
      case "WordPiece" ->
          new TokenText.WordPiece(
              decoder.path("prefix").asText(), decoder.path("cleanup").asBoolean());
      case "Metaspace" ->
          new TokenText.Metaspace(
              mark(decoder), !decoder.path("prepend_scheme").asText("always").equals("never"));
      case "Sequence" -> sequence(decoder.path("decoders"));
      default -> throw TokenizerCheck.unsupported("decoder '%s' is not supported".formatted(type));
    };
  }

  /** What stands for a space: one character. */
  static String mark(JsonNode metaspace) {
    String mark = metaspace.path("replacement").asText();
    if (mark.codePointCount(0, mark.length()) != 1) {
      throw new IllegalArgumentException(
          "the replacement of Metaspace is '%s', it must be one character".formatted(mark));
    }
    return mark;
  }

  /** SentencePiece's: the mark, the bytes, all in one, and perhaps the first space taken off. */
  private static TokenText sequence(JsonNode steps) {
    List<String> types = new ArrayList<>();
    steps.forEach(step -> types.add(step.path("type").asText()));
    boolean strips = types.size() == FALLBACK.size() + 1 && types.getLast().equals("Strip");
    boolean known = strips ? types.subList(0, 3).equals(FALLBACK) : types.equals(FALLBACK);
    JsonNode replace = steps.path(0);
    String mark = replace.path("pattern").path("String").asText();
    if (!known || mark.isEmpty() || !replace.path("content").asText().equals(" ")) {
      throw TokenizerCheck.unsupported(
          "a decoder of the steps %s is not supported (Replace by a space, ByteFallback, Fuse and"
                  .formatted(types)
              + " perhaps Strip are)");
    }
    return new TokenText.ByteFallback(mark, strips && stripsFirstSpace(steps.path(3)));
  }

  private static boolean stripsFirstSpace(JsonNode strip) {
    int start = strip.path("start").asInt(-1);
    if (!strip.path("content").asText().equals(" ")
        || strip.path("stop").asInt(-1) != 0
        || (start != 0 && start != 1)) {
      throw TokenizerCheck.unsupported(
          "decoder 'Strip' takes one space off the start and nothing else: %s is not supported"
              .formatted(strip));
    }
    return start == 1;
  }
}
