package io.weft.tokenizer.vocabulary;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@code tokenizer.json} says, in the format of Hugging Face's tokenizers library.
 *
 * @param model the model
 * @param addedTokens tokens that are found in the text before the model sees it, ids given
 * @param normalizer null where the text is taken as it is
 * @param preTokenizer null where the model gets the whole text
 * @param postProcessor null where nothing is added
 * @param decoder how tokens become text
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
@JsonIgnoreProperties(ignoreUnknown = true)
record TokenizerFile(
    Model model,
    List<AddedToken> addedTokens,
    @Nullable JsonNode normalizer,
    @Nullable JsonNode preTokenizer,
    @Nullable JsonNode postProcessor,
    @Nullable JsonNode decoder) {
  private static final ObjectReader READER =
      JsonMapper.builder()
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .build()
          .readerFor(TokenizerFile.class);

  TokenizerFile {
    addedTokens = addedTokens == null ? List.of() : List.copyOf(addedTokens);
  }

  /**
   * Reads the file's text.
   *
   * @throws IllegalArgumentException when it is not such a file
   */
  static TokenizerFile parse(String json) {
    try {
      TokenizerFile file = READER.readValue(json);
      if (file == null || file.model() == null) {
        throw new IllegalArgumentException("it has no \"model\"");
      }
      return file;
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "it is not a tokenizer: " + e.getOriginalMessage().lines().findFirst().orElse(""), e);
    }
  }

  /**
   * The model. Merges are left to the native library.
   *
   * @param type {@code BPE}, {@code WordPiece}, {@code Unigram}, {@code WordLevel}; absent in old
   *     files
   * @param vocab an object of ids, or for Unigram a list
   * @param unkToken what unknown text becomes
   * @param unkId id of that token, for Unigram
   * @param continuingSubwordPrefix what tokens inside a word begin with
   * @param endOfWordSuffix what tokens at the end of a word end with
   * @param byteFallback whether unknown text becomes byte tokens
   * @param dropout chance of leaving out a merge
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Model(
      @Nullable String type,
      @Nullable Object vocab,
      @Nullable String unkToken,
      @Nullable Integer unkId,
      @Nullable String continuingSubwordPrefix,
      @Nullable String endOfWordSuffix,
      boolean byteFallback,
      @Nullable Double dropout) {
    /** Ids by token. */
    Map<?, ?> ids() {
      if ("Unigram".equals(type)) {
        return Pieces.ids(vocab);
      }
      if (vocab instanceof Map<?, ?> ids) {
        return ids;
      }
      throw new IllegalArgumentException("\"model.vocab\" is not an object of token ids");
    }
  }

  /**
   * A token that the model's own splitting never touches.
   *
   * @param id its id
   * @param content its text
   * @param special whether it is left out of decoded text
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record AddedToken(int id, String content, boolean special) {}
}
