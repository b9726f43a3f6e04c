package io.weft.tokenizer.vocabulary;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The vocabulary of a Unigram model: a list of pieces with their scores, ids from 0. */
final class Pieces {
  private Pieces() {}

  /**
   * Ids by piece.
   *
   * @throws IllegalArgumentException when the list is not one, a piece is empty or there twice, or
   *     a score is no finite number
   */
  static Map<String, Integer> ids(@Nullable Object vocab) {
    if (!(vocab instanceof List<?> list) || list.isEmpty()) {
      throw new IllegalArgumentException("\"model.vocab\" is not a list of pieces and scores");
    }
    Map<String, Integer> ids = LinkedHashMap.newLinkedHashMap(list.size());
    for (Object entry : list) {
      int id = ids.size();
      if (!(entry instanceof List<?> piece)
          || piece.size() != 2
          || !(piece.get(0) instanceof String text)
          || !(piece.get(1) instanceof Number score)
          || text.isEmpty()
          || !Double.isFinite(score.doubleValue())) {
        throw new IllegalArgumentException("piece %,d is not a text and a score".formatted(id));
      }
      if (ids.putIfAbsent(text, id) != null) {
        throw new IllegalArgumentException(
            "pieces %,d and %,d are both '%s'".formatted(ids.get(text), id, text));
      }
    }
    return ids;
  }
}
