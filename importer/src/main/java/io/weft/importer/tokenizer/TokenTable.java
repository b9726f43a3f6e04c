package io.weft.importer.tokenizer;

import io.weft.importer.error.ImportException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tokens by id, no two of them equal; an id may be without a token. Immutable. */
public final class TokenTable {
  private final List<@Nullable String> tokens;
  private final Map<String, Integer> ids;

  private TokenTable(List<@Nullable String> tokens, Map<String, Integer> ids) {
    this.tokens = tokens;
    this.ids = ids;
  }

  /**
   * The table of these tokens.
   *
   * @param tokens by id; null or empty where an id has no token
   * @throws ImportException when two are equal
   */
  public static TokenTable of(List<? extends @Nullable String> tokens) {
    List<@Nullable String> kept = new ArrayList<>(tokens.size());
    Map<String, Integer> ids = HashMap.newHashMap(tokens.size());
    for (int id = 0; id < tokens.size(); id++) {
      String token = tokens.get(id);
      boolean absent = token == null || token.isEmpty();
      kept.add(absent ? null : token);
      Integer other = absent ? null : ids.putIfAbsent(token, id);
      if (other != null) {
        throw new ImportException(
            "tokens %d and %d of the tokenizer are equal".formatted(other, id));
      }
    }
    return new TokenTable(Collections.unmodifiableList(kept), Collections.unmodifiableMap(ids));
  }

  /** Ids from 0, with and without a token. */
  public int size() {
    return tokens.size();
  }

  /** The token of an id; null where it has none. */
  public @Nullable String token(int id) {
    return tokens.get(id);
  }

  /** The id of a token; null when it is not here. */
  public @Nullable Integer id(String token) {
    return ids.get(token);
  }
}
