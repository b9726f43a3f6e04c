package io.weft.tokenizer.vocabulary;

import io.weft.runtime.text.TokenizerGrowth;
import io.weft.runtime.text.TokenizerRegexes;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a tokenizer's file into its table. */
public final class VocabularyReader {
  private static final List<String> TYPES = List.of("BPE", "WordPiece", "Unigram");

  private VocabularyReader() {}

  /**
   * Reads a tokenizer and checks all of it, so that the native library can be given the same text.
   *
   * @param json the text of {@code tokenizer.json}
   * @param size rows of the model's embedding table: all ids are below it
   * @throws IllegalArgumentException naming what is wrong with the file, or not supported
   */
  public static Vocabulary read(String json, int size) {
    TokenizerFile file = TokenizerFile.parse(json);
    Vocabulary vocabulary = table(file, size);
    TokenizerCheck.check(file, vocabulary);
    TokenizerGrowth.check(json);
    TokenizerRegexes.check(json);
    return vocabulary;
  }

  private static Vocabulary table(TokenizerFile file, int size) {
    TokenizerFile.Model model = file.model();
    if (!TYPES.contains(String.valueOf(model.type()))) {
      throw TokenizerCheck.unsupported(
          "a tokenizer of type '%s' is not supported (%s are)"
              .formatted(model.type(), String.join(", ", TYPES)));
    }
    TokenText text = Decoders.of(file.decoder());
    @Nullable String[] tokens = new String[size];
    Map<?, ?> ids = model.ids();
    ids.forEach((token, id) -> put(tokens, String.valueOf(token), id));
    boolean[] special = new boolean[size];
    boolean[] isAdded = new boolean[size];
    int next = ids.size();
    for (TokenizerFile.AddedToken added : file.addedTokens()) {
      if (added.content() == null || added.content().isEmpty()) {
        throw new IllegalArgumentException("added token %d has no text".formatted(added.id()));
      }
      // The library knows a token by its text and numbers new ones itself, whatever the file says.
      Object known = ids.get(added.content());
      int id = known instanceof Integer present ? present : next++;
      if (id != added.id()) {
        throw new IllegalArgumentException(
            "added token '%s' has id %,d in the file and would get id %,d"
                .formatted(added.content(), added.id(), id));
      }
      if (known == null) {
        put(tokens, added.content(), id);
      }
      special[id] = added.special();
      isAdded[id] = true;
    }
    String prefix = model.continuingSubwordPrefix();
    return new Vocabulary(
        tokens, special, isAdded, text, unknown(model, ids), prefix != null && !prefix.isEmpty());
  }

  private static int unknown(TokenizerFile.Model model, Map<?, ?> ids) {
    if (model.unkId() != null) {
      return model.unkId();
    }
    return model.unkToken() != null && ids.get(model.unkToken()) instanceof Integer id ? id : -1;
  }

  private static void put(@Nullable String[] tokens, String token, @Nullable Object id) {
    if (!(id instanceof Integer index) || index < 0 || index >= tokens.length) {
      throw new IllegalArgumentException(
          "token '%s' has id %s; the model has ids 0 to %,d"
              .formatted(token, id, tokens.length - 1));
    }
    if (tokens[index] != null) {
      throw new IllegalArgumentException(
          "tokens '%s' and '%s' both have id %,d".formatted(tokens[index], token, index));
    }
    tokens[index] = token;
  }
}
