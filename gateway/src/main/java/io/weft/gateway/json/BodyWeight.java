package io.weft.gateway.json;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.InputStream;

/**
 * What one body takes in memory beside its bytes: its names, while their objects are read, and the
 * values of its trees, each much more than its few characters. Used by one thread.
 */
final class BodyWeight {
  /** Most values of all trees of a body: those that {@link JsonReader#tree} and its like give. */
  static final int MAX_TREE_VALUES = 65_536;

  /** What a name or a value takes, about, however short it is in the body. */
  private static final int BYTES_EACH = 96;

  /** They are told to {@link Weighed} so many at a time. */
  private static final int TOLD_AT_ONCE = 64;

  private final Weighed body;
  private int treeValues;
  private int untold;

  private BodyWeight(Weighed body) {
    this.body = body;
  }

  /** Of a body, which is told of it where it is {@link Weighed}. */
  static BodyWeight of(InputStream body) {
    return new BodyWeight(body instanceof Weighed weighed ? weighed : _ -> {});
  }

  void addName() {
    add(1);
  }

  /**
   * Counts the values of a tree.
   *
   * @param path where it stands in the body
   */
  void addTree(JsonNode tree, String path) {
    int values = Trees.size(tree);
    treeValues += values;
    if (treeValues > MAX_TREE_VALUES) {
      throw Invalid.range(
          path,
          "the body has %,d values in %s and the like up to there, the limit is %,d"
              .formatted(treeValues, path, MAX_TREE_VALUES));
    }
    add(values);
  }

  private void add(int namesOrValues) {
    untold += namesOrValues;
    if (untold >= TOLD_AT_ONCE) {
      body.hold((long) untold * BYTES_EACH);
      untold = 0;
    }
  }
}
