package io.weft.runtime.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Bounds by how much a {@code tokenizer.json} can make a text longer. The tokenizers library has no
 * such bound: forty steps that double a letter, a few hundred bytes of a file, make a terabyte of
 * one word and take the whole process with them.
 */
public final class TokenizerGrowth {
  /** Bytes that one may become; SentencePiece's rules and a mark for spaces need 64. */
  static final int MAX_GROWTH = 128;

  static final int MAX_STEPS = 64;
  static final int MAX_PREPENDED = 64;

  /** Tokens around one text, or a pair. */
  static final int MAX_AROUND = 1_024;

  /**
   * What a compiled table of replacements may count for: {@code U+FDFA}, of 3 bytes, becomes 33.
   */
  public static final int MAX_PRECOMPILED = 16;

  private static final JsonMapper JSON = new JsonMapper();

  private final String part;
  private double growth = 1;
  private int steps;
  private double around;

  private TokenizerGrowth(String part) {
    this.part = part;
  }

  /**
   * Checks the text of a {@code tokenizer.json}. What is wrong with it otherwise is left to others.
   *
   * @throws IllegalArgumentException naming the part, the limit and the value
   */
  public static void check(String tokenizer) {
    try (JsonParser in = JSON.createParser(tokenizer)) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        return;
      }
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        String field = in.currentName();
        in.nextToken();
        switch (field) {
          case "normalizer", "pre_tokenizer", "post_processor" ->
              new TokenizerGrowth(field).add(JSON.<JsonNode>readTree(in));
          default -> in.skipChildren();
        }
      }
    } catch (IOException e) {
      throw new IllegalArgumentException("it is no JSON object", e);
    }
  }

  private void add(JsonNode node) {
    if (!node.isObject()) {
      return;
    }
    steps++;
    switch (node.path("type").asText("")) {
      case "Sequence" -> {
        for (String children : new String[] {"normalizers", "pretokenizers", "processors"}) {
          node.path(children).forEach(this::add);
        }
      }
      case "Replace" -> growth *= replaced(node);
      // Each of the upper 128 bytes becomes a character of two.
      case "ByteLevel" -> growth *= 2;
      case "Metaspace" -> growth *= Math.max(1, bytes(node.path("replacement")));
      case "Precompiled" -> growth *= MAX_PRECOMPILED;
      case "Prepend" -> atMost("prepends bytes:", bytes(node.path("prepend")), MAX_PREPENDED);
      case "TemplateProcessing" -> around += Math.max(around(node, "single"), around(node, "pair"));
      default -> {}
    }
    atMost("makes of one byte", growth, MAX_GROWTH);
    atMost("has steps:", steps, MAX_STEPS);
    atMost("puts tokens around a text:", around, MAX_AROUND);
  }

  /** An expression may match nothing, and then the content stands beside every byte. */
  private static double replaced(JsonNode replace) {
    double content = bytes(replace.path("content"));
    int pattern = bytes(replace.path("pattern").path("String"));
    return pattern == 0 ? content + 1 : Math.max(1, content / pattern);
  }

  private static double around(JsonNode template, String name) {
    double tokens = 0;
    for (JsonNode special : template.path(name).findValues("SpecialToken")) {
      JsonNode defined = template.path("special_tokens").path(special.path("id").asText(""));
      tokens += Math.max(1, defined.path("ids").size());
    }
    return tokens;
  }

  private static int bytes(JsonNode text) {
    return text.asText("").getBytes(StandardCharsets.UTF_8).length;
  }

  private void atMost(String what, double value, int limit) {
    if (value > limit) {
      throw new IllegalArgumentException(
          "its %s %s %,.0f, the limit is %,d".formatted(part, what, value, limit));
    }
  }
}
