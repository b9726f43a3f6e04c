package io.weft.gateway.tokens;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.TokenIds;
import io.weft.gateway.models.Model;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of a text, in vLLM's shape.
 *
 * @param count how many
 * @param maxModelLen longest sequence that the model takes, in tokens
 * @param tokens their ids
 * @param tokenStrs as the vocabulary spells them; null unless asked for
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record Tokenized(
    int count, int maxModelLen, List<Integer> tokens, @Nullable List<String> tokenStrs) {
  static Tokenized of(Model model, TokenIds ids) {
    return new Tokenized(ids.size(), model.contextLength(), ids.toList(), null);
  }

  /**
   * @param text with what each of its tokens is
   */
  static Tokenized spelled(Model model, EncodedText text) {
    return new Tokenized(
        text.ids().size(),
        model.contextLength(),
        text.ids().toList(),
        text.tokens().stream().map(EncodedText.Token::text).toList());
  }

  /** Names the count only: ids are as private as the text they stand for. */
  @Override
  public String toString() {
    return count + " tokens";
  }
}
