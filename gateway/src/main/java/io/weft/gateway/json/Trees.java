package io.weft.gateway.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/** JSON that is needed as a whole. */
public final class Trees {
  private static final ObjectMapper JSON =
      new ObjectMapper(
              JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private Trees() {}

  /**
   * Reads a tree.
   *
   * @param param what the request calls the text, for errors
   * @param maxDepth most objects and lists within one another
   */
  public static JsonNode read(String text, String param, int maxDepth) {
    JsonNode tree;
    try {
      tree = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      // Its own message quotes the text.
      throw Invalid.value(param, param + " is not valid JSON, or says a key twice");
    }
    if (tree.isMissingNode()) {
      throw Invalid.value(param, param + " is empty, it must be JSON");
    }
    checkDepth(tree, param, maxDepth);
    return tree;
  }

  /**
   * Refuses a tree that is too deep.
   *
   * @param param what the request calls it, for errors
   * @param maxDepth most objects and lists within one another
   */
  public static void checkDepth(JsonNode tree, String param, int maxDepth) {
    if (isDeeper(tree, maxDepth)) {
      throw Invalid.range(param, "%s nests deeper than %,d".formatted(param, maxDepth));
    }
  }

  /** Of what type a value is, for errors. */
  public static String describe(JsonNode value) {
    return switch (value.getNodeType()) {
      case OBJECT -> "an object";
      case ARRAY -> "a list";
      case STRING -> "a string";
      case NUMBER -> "a number";
      case BOOLEAN -> "true or false";
      case NULL -> "null";
      case MISSING, BINARY, POJO -> "nothing";
    };
  }

  /** How many values a tree has, itself, objects and lists included. */
  static int size(JsonNode tree) {
    return 1 + (tree.isContainerNode() ? tree.valueStream().mapToInt(Trees::size).sum() : 0);
  }

  private static boolean isDeeper(JsonNode tree, int maxDepth) {
    return tree.isContainerNode()
        && (maxDepth == 0 || tree.valueStream().anyMatch(node -> isDeeper(node, maxDepth - 1)));
  }
}
