package io.weft.importer.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.importer.error.ImportException;
import io.weft.importer.tokenizer.AddedToken;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a Hugging Face folder says about its tokenizer beside the vocabulary: {@code
 * tokenizer_config.json} and, in older folders, {@code special_tokens_map.json} and {@code
 * added_tokens.json}.
 */
final class TokenizerSettings {
  /** Tokenizers whose class puts tokens around texts by two flags, whatever the file says. */
  private static final Set<String> BEGIN_BY_FLAG =
      Set.of("LlamaTokenizer", "CodeLlamaTokenizer", "GemmaTokenizer", "CohereTokenizer");

  /** Tokenizers whose class gives a model segments where the folder does not say. */
  private static final Set<String> WITH_SEGMENTS =
      Set.of(
          "BertTokenizer",
          "ConvBertTokenizer",
          "DebertaV2Tokenizer",
          "DPRContextEncoderTokenizer",
          "DPRQuestionEncoderTokenizer",
          "ElectraTokenizer",
          "FNetTokenizer",
          "LayoutLMTokenizer",
          "LxmertTokenizer",
          "MobileBertTokenizer",
          "SqueezeBertTokenizer");

  private static final String GPT_NEOX = "GPTNeoXTokenizer";

  /** The class of a model type, for folders that do not name one. */
  private static final Map<String, String> CLASSES =
      Map.ofEntries(
          Map.entry("bert", "BertTokenizer"),
          Map.entry("distilbert", "DistilBertTokenizer"),
          Map.entry("electra", "ElectraTokenizer"),
          Map.entry("mpnet", "MPNetTokenizer"),
          Map.entry("roberta", "RobertaTokenizer"),
          Map.entry("xlm-roberta", "XLMRobertaTokenizer"),
          Map.entry("gemma", "GemmaTokenizer"),
          Map.entry("gemma2", "GemmaTokenizer"),
          Map.entry("gemma3_text", "GemmaTokenizer"),
          Map.entry("gpt2", "GPT2Tokenizer"),
          Map.entry("gpt_neox", GPT_NEOX),
          Map.entry("llama", "LlamaTokenizer"),
          Map.entry("mistral", "LlamaTokenizer"),
          Map.entry("phi3", "LlamaTokenizer"),
          Map.entry("qwen2", "Qwen2Tokenizer"),
          Map.entry("qwen3", "Qwen2Tokenizer"),
          Map.entry("t5", "T5Tokenizer"),
          Map.entry("mt5", "T5Tokenizer"));

  private static final int MAX_ADDED = 1 << 16;
  private static final int MAX_CONTENT = 4_096;

  private final JsonNode settings;
  private final JsonNode special;
  private final JsonNode added;
  private final String kind;

  private TokenizerSettings(JsonNode settings, JsonNode special, JsonNode added, String kind) {
    this.settings = settings;
    this.special = special;
    this.added = added;
    this.kind = kind;
  }

  /**
   * @param config the content of config.json
   */
  static TokenizerSettings read(Path folder, JsonNode config) {
    JsonNode settings = JsonFiles.readIfThere(folder.resolve("tokenizer_config.json"));
    String otherwise = CLASSES.getOrDefault(config.path("model_type").asText(), "");
    String named =
        settings.path("tokenizer_class").asText(config.path("tokenizer_class").asText(otherwise));
    return new TokenizerSettings(
        settings,
        JsonFiles.readIfThere(folder.resolve("special_tokens_map.json")),
        JsonFiles.readIfThere(folder.resolve("added_tokens.json")),
        named.endsWith("Fast") ? named.substring(0, named.length() - 4) : named);
  }

  /** The tokenizer's class in transformers, without {@code Fast}; empty when nothing says. */
  String kind() {
    return kind;
  }

  /** Whether the class puts tokens around texts by the flags, whatever tokenizer.json says. */
  boolean putsAroundByFlags() {
    return BEGIN_BY_FLAG.contains(kind) || kind.equals(GPT_NEOX);
  }

  /** Whether texts begin with {@code bos_token}, as far as the flags say. */
  boolean addBos() {
    return flag("add_bos_token", BEGIN_BY_FLAG.contains(kind));
  }

  /** Whether texts end with {@code eos_token}, as far as the flags say. */
  boolean addEos() {
    return flag("add_eos_token", false);
  }

  /**
   * Whether the model gets segments ({@code token_type_ids}): by {@code model_input_names}, else by
   * the class, as in transformers 5, whose generic classes give none.
   */
  boolean givesSegments() {
    String field = "model_input_names";
    if (!settings.hasNonNull(field)) {
      return WITH_SEGMENTS.contains(kind);
    }
    JsonNode names = settings.path(field);
    boolean found = false;
    for (JsonNode name : names) {
      if (!name.isTextual()) {
        throw new ImportException(
            "tokenizer_config.json: %s has %s, which is no text".formatted(field, name));
      }
      found |= name.asText().equals("token_type_ids");
    }
    if (!names.isArray()) {
      throw new ImportException("tokenizer_config.json: %s is no list".formatted(field));
    }
    return found;
  }

  boolean flag(String name, boolean otherwise) {
    return settings.path(name).asBoolean(otherwise);
  }

  /** A flag that the file may set to null. */
  @Nullable Boolean flagIfSet(String name) {
    return settings.hasNonNull(name) ? (Boolean) settings.path(name).asBoolean() : null;
  }

  /** Whether the file has this field, even if it is null. */
  boolean has(String name) {
    return settings.has(name);
  }

  /** Whether the folder says that there is no such special token. */
  boolean hasNo(String name) {
    return (settings.has(name) ? settings : special).path(name).isNull();
  }

  /** A count in [0, max]. */
  int count(String name, int otherwise, int max) {
    int count = settings.path(name).asInt(otherwise);
    if (count < 0 || count > max) {
      throw new ImportException(
          "tokenizer_config.json: %s is %,d, it must lie in [0, %,d]".formatted(name, count, max));
    }
    return count;
  }

  /** A special token, such as {@code bos_token}; its id is not known here and given as -1. */
  @Nullable AddedToken special(String name, @Nullable String otherwise) {
    JsonNode value = settings.has(name) ? settings.path(name) : special.path(name);
    if (value.isMissingNode()) {
      return otherwise == null ? null : AddedToken.of(-1, otherwise, true);
    }
    return value.isNull() ? null : token(-1, value, true);
  }

  /** {@code additional_special_tokens}; ids -1. */
  List<AddedToken> additionalSpecial() {
    String name = "additional_special_tokens";
    List<AddedToken> tokens = new ArrayList<>();
    for (JsonNode value : settings.hasNonNull(name) ? settings.path(name) : special.path(name)) {
      tokens.add(token(-1, value, true));
    }
    return checkCount(tokens);
  }

  /** Added tokens that the folder lists with their ids, by id. */
  List<AddedToken> listed() {
    List<AddedToken> tokens = new ArrayList<>();
    JsonNode byId = settings.path("added_tokens_decoder");
    for (Map.Entry<String, JsonNode> entry : byId.properties()) {
      JsonNode value = entry.getValue();
      tokens.add(token(id(entry.getKey()), value, value.path("special").asBoolean()));
    }
    if (byId.isEmpty()) {
      Set<String> specials = new HashSet<>();
      additionalSpecial().forEach(token -> specials.add(token.content()));
      for (Map.Entry<String, JsonNode> entry : added.properties()) {
        boolean isSpecial = specials.contains(entry.getKey());
        tokens.add(
            new AddedToken(
                id(entry.getValue().asText()),
                content(entry.getKey()),
                isSpecial,
                false,
                false,
                false,
                !isSpecial));
      }
    }
    tokens.sort(Comparator.comparingInt(AddedToken::id));
    return checkCount(tokens);
  }

  private static List<AddedToken> checkCount(List<AddedToken> tokens) {
    if (tokens.size() > MAX_ADDED) {
      throw new ImportException(
          "the tokenizer has %,d added tokens, the limit is %,d"
              .formatted(tokens.size(), MAX_ADDED));
    }
    return tokens;
  }

  private static AddedToken token(int id, JsonNode value, boolean special) {
    if (value.isTextual()) {
      return AddedToken.of(id, content(value.asText()), special);
    }
    return new AddedToken(
        id,
        content(value.path("content").asText()),
        special,
        value.path("lstrip").asBoolean(),
        value.path("rstrip").asBoolean(),
        value.path("single_word").asBoolean(),
        value.path("normalized").asBoolean());
  }

  private static int id(String text) {
    if (!text.matches("\\d{1,7}") || Integer.parseInt(text) >= Limits.VOCABULARY) {
      throw new ImportException(
          "an added token of the tokenizer has id %s, ids lie in [0, %,d)"
              .formatted(text, Limits.VOCABULARY));
    }
    return Integer.parseInt(text);
  }

  private static String content(String text) {
    if (text.isEmpty() || text.length() > MAX_CONTENT) {
      throw new ImportException(
          "an added token of the tokenizer has %,d characters, it must have 1 to %,d"
              .formatted(text.length(), MAX_CONTENT));
    }
    return text;
  }
}
