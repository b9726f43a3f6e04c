package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import io.weft.importer.tokenizer.AddedToken;
import io.weft.importer.tokenizer.Template;
import io.weft.importer.tokenizer.TokenTable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Collects the added tokens of a tokenizer that has no {@code tokenizer.json}, and gives them the
 * ids that transformers gives: that of the vocabulary or of the folder's list, else the next.
 */
final class AddedTokens {
  private static final List<String> NAMES =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");

  private final TokenTable table;
  private final int vocabularySize;
  private final Map<String, AddedToken> named = new HashMap<>();
  private final SortedMap<Integer, AddedToken> byId = new TreeMap<>();

  /**
   * @param table the vocabulary
   * @param vocabularySize rows of the embedding table
   */
  private AddedTokens(TokenTable table, int vocabularySize) {
    this.table = table;
    this.vocabularySize = vocabularySize;
  }

  /**
   * @param defaults what the class calls its special tokens, by {@code bos_token} and so on
   * @param own added tokens that the vocabulary itself says it has
   */
  static AddedTokens of(
      TokenizerSettings settings,
      TokenTable table,
      int vocabularySize,
      Map<String, AddedToken> defaults,
      List<AddedToken> own) {
    AddedTokens tokens = new AddedTokens(table, vocabularySize);
    own.forEach(tokens::put);
    settings.listed().forEach(tokens::put);
    for (String name : NAMES) {
      AddedToken otherwise = defaults.get(name);
      AddedToken token = settings.special(name, otherwise == null ? null : otherwise.content());
      if (token != null) {
        // Only the class knows that its mask takes the space before it.
        boolean byClass = otherwise != null && token.content().equals(otherwise.content());
        tokens.named.put(name, tokens.special(otherwise != null && byClass ? otherwise : token));
      }
    }
    settings.additionalSpecial().forEach(tokens::special);
    tokens.check();
    return tokens;
  }

  private AddedToken special(AddedToken token) {
    for (AddedToken known : byId.values()) {
      if (known.content().equals(token.content())) {
        AddedToken special =
            new AddedToken(
                known.id(),
                known.content(),
                true,
                known.lstrip() || token.lstrip(),
                known.rstrip() || token.rstrip(),
                known.singleWord(),
                false);
        put(special);
        return special;
      }
    }
    Integer known = table.id(token.content());
    int next = byId.isEmpty() ? 0 : byId.lastKey() + 1;
    AddedToken placed = token.withId(known == null ? Math.max(table.size(), next) : known);
    put(placed);
    return placed;
  }

  private void put(AddedToken token) {
    Integer known = table.id(token.content());
    if (known != null && known != token.id()) {
      throw new ImportException(
          "added token '%s' has id %,d, the vocabulary gives it %,d"
              .formatted(token.content(), token.id(), known));
    }
    byId.put(token.id(), token);
  }

  /** Tokens that are not in the vocabulary are numbered by the library: one after the other. */
  private void check() {
    int next = table.size();
    for (AddedToken token : byId.values()) {
      boolean isNew = table.id(token.content()) == null;
      if (isNew && token.id() != next++) {
        throw new ImportException(
            "added token '%s' has id %,d, the next free id is %,d"
                .formatted(token.content(), token.id(), next - 1));
      }
      if (token.id() >= vocabularySize) {
        throw new ImportException(
            "added token '%s' has id %,d, the embedding table has %,d rows"
                .formatted(token.content(), token.id(), vocabularySize));
      }
    }
  }

  /** All of them, by id. */
  List<AddedToken> all() {
    return List.copyOf(byId.values());
  }

  /** A special token by its name in tokenizer_config.json. */
  Template.@Nullable Special specialIfThere(String name) {
    AddedToken token = named.get(name);
    return token == null ? null : new Template.Special(token.content(), token.id());
  }

  /**
   * A special token that must be there.
   *
   * @throws ImportException when the settings say that there is none
   */
  Template.Special special(String name) {
    Template.Special special = specialIfThere(name);
    if (special == null) {
      throw new ImportException("tokenizer_config.json: there is no " + name);
    }
    return special;
  }
}
