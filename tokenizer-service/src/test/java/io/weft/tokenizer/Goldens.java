package io.weft.tokenizer;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** What e2e/goldens/tokenizer_goldens.py wrote. */
public final class Goldens {
  /** The tiny tokenizers. */
  public static final List<String> TOKENIZERS =
      List.of("smollm", "llama", "roberta", "minilm", "sentencepiece", "t5", "xlmroberta");

  /** Rows of an embedding table that holds each of them. */
  public static final int SIZE = 600;

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_LONG_FOR_INTS).build();

  private Goldens() {}

  /** A file of the test resources. */
  public static String text(String name) {
    try (InputStream in = Goldens.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalArgumentException("no test resource " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The {@code tokenizer.json} of a tiny tokenizer. */
  public static String tokenizer(String name) {
    return text("tokenizers/" + name + ".json");
  }

  /** A chat template. */
  public static String template(String name) {
    return text("templates/" + name + ".jinja");
  }

  /** Goldens as JSON. */
  public static JsonNode json(String name) {
    try {
      return JSON.readTree(text(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The elements of an array that is not empty. */
  public static Stream<JsonNode> elements(JsonNode array) {
    if (array.isEmpty()) {
      throw new IllegalArgumentException("no goldens");
    }
    return StreamSupport.stream(array.spliterator(), false);
  }

  /** An array of numbers. */
  public static int[] ints(JsonNode array) {
    return IntStream.range(0, array.size()).map(i -> array.get(i).intValue()).toArray();
  }

  /** An object as a chat template gets it. */
  public static Map<String, Object> map(JsonNode object) {
    return object.isMissingNode()
        ? Map.of()
        : JSON.convertValue(object, new TypeReference<Map<String, Object>>() {});
  }
}
