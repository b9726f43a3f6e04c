package io.weft.tokenizer.encode;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.runtime.text.TokenizerRegexes;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Expressions that are let through do not take the library, nor this process, down. */
class RegexTimeTest {
  private static final int LENGTH = 100_000;

  private static final String REST =
      "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private static final List<String> TEXTS =
      List.of(
          "a".repeat(LENGTH) + "!",
          "A".repeat(LENGTH) + "1",
          "ª".repeat(LENGTH) + " ",
          "1".repeat(LENGTH) + "a",
          "!".repeat(LENGTH) + "a",
          "\n".repeat(LENGTH) + "a",
          "Ab' ".repeat(LENGTH / 4));

  @ParameterizedTest
  @ValueSource(
      strings = {
        " {2,}",
        "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}" + REST,
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}" + REST,
        "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}+| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*+"
            + "|\\s*[\\r\\n]|\\s+(?!\\S)|\\s",
        "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+"
            + "(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
            + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*"
            + "|\\p{N}{1,3}"
            + REST,
        "[\\p{Han}]+|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lo}&&[^\\p{Han}]]*[\\p{Ll}\\p{Lo}&&[^\\p{Han}]]+"
            + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lo}&&[^\\p{Han}]]+[\\p{Ll}\\p{Lo}&&[^\\p{Han}]]*|\\p{N}{1,3}"
            + REST,
        "[^\\r\\n\\p{L}\\p{N}]?(?:\\p{L}\\p{M}*(?: \\p{L}\\p{M}*)*)+|\\p{N}" + REST,
        "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
            + "| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+",
        " ?[^(\\s|[.,!?…。，、।۔،])]+",
        "[\\p{P}\\$\\+<=>\\^~\\|]+",
        "(?:a|b)+",
      })
  @Timeout(value = 60, unit = TimeUnit.SECONDS)
  void returnsSoon(String regex) {
    String json = tokenizer(regex);
    TokenizerRegexes.check(json);
    try (NativeTokenizer tokenizer = NativeTokenizer.open(json)) {
      for (String text : TEXTS) {
        Tokens tokens = tokenizer.encode(text, null, false, TokenFields.IDS);
        assertThat(tokens.ids()).isNotNull();
      }
    }
  }

  private static String tokenizer(String regex) {
    ObjectNode file = new JsonMapper().createObjectNode();
    ObjectNode split = file.putObject("pre_tokenizer").put("type", "Split");
    split.putObject("pattern").put("Regex", regex);
    split.put("behavior", "Isolated").put("invert", false);
    ObjectNode model = file.putObject("model").put("type", "BPE");
    model.putObject("vocab").put("a", 0);
    model.putArray("merges");
    return file.toString();
  }
}
