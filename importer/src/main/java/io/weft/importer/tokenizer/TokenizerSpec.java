package io.weft.importer.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A whole tokenizer: text is normalised, cut into words, the model cuts those into tokens, special
 * tokens are put around; decoding goes back. The steps beside the model are the JSON that {@code
 * tokenizer.json} holds for them, made by {@link Parts}.
 *
 * @param model cuts words into tokens
 * @param added tokens found before the model sees the text, ids ascending
 * @param normalizer null to take the text as it is
 * @param preTokenizer null where the model gets the whole text
 * @param postProcessor null where nothing is put around
 * @param decoder how tokens become text
 */
public record TokenizerSpec(
    SubwordModel model,
    List<AddedToken> added,
    @Nullable JsonNode normalizer,
    @Nullable JsonNode preTokenizer,
    @Nullable JsonNode postProcessor,
    JsonNode decoder) {
  /** The same with all tokens in the first segment, those of a pair's second text too. */
  public TokenizerSpec inOneSegment() {
    return new TokenizerSpec(
        model, added, normalizer, preTokenizer, OneSegment.of(postProcessor), decoder);
  }

  /** Writes {@code tokenizer.json}. */
  public void write(Path target) {
    TokenizerJson.write(this, target);
  }
}
