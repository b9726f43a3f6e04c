package io.weft.importer.tokenizer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.importer.error.ImportException;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a byte-level BPE tokenizer does before it merges, by the names that GGUF files have for it
 * ({@code tokenizer.ggml.pre}). Each is what the original model's {@code tokenizer.json} says, not
 * an imitation of its expressions. Names whose original is not known for certain are not here: a
 * wrong guess would give wrong ids without a word.
 *
 * @param normalizer null to take the text as it is
 * @param preTokenizer cuts the text into words and spells their bytes
 * @param ignoreMerges whether a word that is a token is taken as it is
 */
record ByteLevelScheme(
    @Nullable ObjectNode normalizer, ObjectNode preTokenizer, boolean ignoreMerges) {
  private static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
  private static final String WORDS = "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+";
  private static final String REST =
      "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  private static final String REST_WITH_SLASH = REST.replace("[\\r\\n]*", "[\\r\\n/]*");

  /** Words as OpenAI's o200k_base cuts them: small letters after capitals, or capitals alone. */
  private static final String UPPER_LOWER =
      "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+";

  private static final String UPPER =
      "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*";

  /** OpenAI's cl100k_base and Llama 3: numbers in threes. */
  private static final String CL100K = CONTRACTIONS + "|" + WORDS + "|\\p{N}{1,3}" + REST;

  private static final String QWEN2 = CONTRACTIONS + "|" + WORDS + "|\\p{N}" + REST;

  /** Qwen 3.5: marks belong to the words that they stand on; nothing is normalised. */
  private static final String QWEN35 =
      CONTRACTIONS
          + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}"
          + REST.replace("\\p{L}\\p{N}", "\\p{L}\\p{M}\\p{N}");

  private static final String O200K =
      UPPER_LOWER + CONTRACTIONS + "?|" + UPPER + CONTRACTIONS + "?|\\p{N}{1,3}" + REST_WITH_SLASH;
  private static final String TEKKEN = UPPER_LOWER + "|" + UPPER + "|\\p{N}" + REST_WITH_SLASH;

  /** The expression that ByteLevel itself cuts by. */
  private static final String GPT2 =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

  /** Cased letters, as DeepSeek LLM lists them. */
  private static final String CASED =
      "A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅ"
          + "Ὀ-Ὅὐ-ὗὙὛὝ\u1f5f-\u1f7dᾀ-ᾴᾶ-ᾼ\u1fbeῂ-ῄῆ-ῌῐ-\u1fd3ῖ-\u1fdbῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤ\u2126ℨ\u212a-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄ"
          + "Ⰰ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃";

  private static final String CJK = "[一-龥ࠀ-一가-\ud7ff]+";

  private static final ByteLevelScheme PLAIN = words(null, spelled(true));
  private static final ByteLevelScheme NEOX = words(Parts.nfc(), spelled(true));
  private static final ByteLevelScheme DIGITS =
      words(null, Parts.preTokenizers(Parts.digits(true), spelled(true)));
  private static final ByteLevelScheme LLAMA3 = expressions(CL100K).withIgnoreMerges();
  private static final ByteLevelScheme QWEN = words(Parts.nfc(), expressions(QWEN2).preTokenizer());

  private static final Map<String, ByteLevelScheme> SCHEMES =
      Map.ofEntries(
          Map.entry("gpt-2", PLAIN),
          Map.entry("phi-2", PLAIN),
          Map.entry("olmo", NEOX),
          Map.entry("mpt", NEOX),
          Map.entry("smollm", DIGITS),
          Map.entry("starcoder", DIGITS),
          Map.entry("refact", DIGITS),
          Map.entry("command-r", words(Parts.nfc(), DIGITS.preTokenizer())),
          Map.entry("falcon", falcon()),
          Map.entry("llama-bpe", LLAMA3),
          Map.entry("llama3", LLAMA3),
          Map.entry("llama-v3", LLAMA3),
          Map.entry("dbrx", expressions(CL100K)),
          Map.entry("qwen2", QWEN),
          Map.entry("qwen35", expressions(QWEN35)),
          Map.entry("deepseek-r1-qwen", QWEN),
          Map.entry("deepseek-llm", deepSeekLlm()),
          Map.entry("deepseek-coder", deepSeekCoder()),
          Map.entry("deepseek-v3", deepSeekV3()),
          Map.entry("gpt-4o", expressions(O200K).withIgnoreMerges()),
          Map.entry("tekken", expressions(TEKKEN).withIgnoreMerges()),
          Map.entry("default", llamaCppDefault()));

  /** Pre-tokenizers after which texts begin with the first token unless the file says otherwise. */
  private static final List<String> BEGIN_BY_DEFAULT =
      List.of("llama-bpe", "llama3", "llama-v3", "tekken");

  /**
   * @throws ImportException when the name is not known
   */
  static ByteLevelScheme named(@Nullable String pre) {
    ByteLevelScheme scheme = pre == null ? null : SCHEMES.get(pre);
    if (scheme == null) {
      throw new ImportException(
          "tokenizer.ggml.pre is '%s', which is not supported; supported: %s"
              .formatted(pre, new TreeSet<>(SCHEMES.keySet())));
    }
    return scheme;
  }

  static boolean beginsByDefault(String pre) {
    return BEGIN_BY_DEFAULT.contains(pre);
  }

  private static ObjectNode spelled(boolean useRegex) {
    return Parts.byteLevel(false, true, useRegex);
  }

  private static ByteLevelScheme words(@Nullable ObjectNode normalizer, ObjectNode preTokenizer) {
    return new ByteLevelScheme(normalizer, preTokenizer, false);
  }

  private static ByteLevelScheme expressions(String... expressions) {
    ObjectNode[] steps = new ObjectNode[expressions.length + 1];
    for (int i = 0; i < expressions.length; i++) {
      steps[i] = Parts.split(expressions[i]);
    }
    steps[expressions.length] = spelled(false);
    return words(null, Parts.preTokenizers(steps));
  }

  private ByteLevelScheme withIgnoreMerges() {
    return new ByteLevelScheme(normalizer, preTokenizer, true);
  }

  private static ByteLevelScheme falcon() {
    return words(
        null,
        Parts.preTokenizers(
            Parts.punctuation("Contiguous"),
            spelled(true),
            Parts.digits(false),
            Parts.split("[0-9][0-9][0-9]")));
  }

  private static ByteLevelScheme deepSeekLlm() {
    return words(
        null,
        Parts.preTokenizers(
            Parts.split("[\r\n]"),
            Parts.split("\\s?[" + CASED + "]+"),
            Parts.split("\\s?[!-/:-~！-／：-～‘-‟\u3000-。]+"),
            Parts.split("\\s+$"),
            Parts.split(CJK),
            Parts.digits(true),
            spelled(false)));
  }

  private static ByteLevelScheme deepSeekCoder() {
    return words(
        null,
        Parts.preTokenizers(
            Parts.split("[\r\n]"),
            Parts.split("\\s?\\p{L}+"),
            Parts.split("\\s?\\p{P}+"),
            Parts.split(CJK),
            Parts.digits(true),
            spelled(false)));
  }

  private static ByteLevelScheme deepSeekV3() {
    return expressions(
        "\\p{N}{1,3}",
        "[一-龥\u3040-ゟ゠-ヿ]+",
        "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
            + "|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*"
            + "|\\s*[\r\n]+|\\s+(?!\\S)|\\s+");
  }

  /** What llama.cpp does for {@code default}: no original model, so its expressions count. */
  private static ByteLevelScheme llamaCppDefault() {
    return expressions("[\\p{P}\\$\\+<=>\\^~\\|]+", GPT2, "\\p{N}+", "[0-9][0-9][0-9]");
  }
}
