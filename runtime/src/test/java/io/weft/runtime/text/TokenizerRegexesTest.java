package io.weft.runtime.text;

import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerRegexesTest {
  private static final String REST =
      "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]";
  private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]";
  private static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        " ",
        " {2,}",
        // GPT-2, and OpenAI's own of cl100k_base and o200k_base.
        "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
        "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}+| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*+"
            + "|\\s++$|\\s*[\\r\\n]|\\s+(?!\\S)|\\s",
        "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+"
            + CONTRACTIONS
            + "?|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*"
            + CONTRACTIONS
            + "?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
        // Llama 3, Qwen 2 and 3.5.
        CONTRACTIONS + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}" + REST,
        CONTRACTIONS + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}" + REST,
        CONTRACTIONS
            + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*"
            + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
        // Kimi K2.
        "[\\p{Han}]+|[^\\r\\n\\p{L}\\p{N}]?"
            + UPPER
            + "*"
            + LOWER
            + "+"
            + CONTRACTIONS
            + "?|[^\\r\\n\\p{L}\\p{N}]?"
            + UPPER
            + "+"
            + LOWER
            + "*"
            + CONTRACTIONS
            + "?|\\p{N}{1,3}"
            + REST,
        // EXAONE: words of several words.
        CONTRACTIONS
            + "|[^\\r\\n\\p{L}\\p{N}]?(?:\\p{L}\\p{M}*(?: \\p{L}\\p{M}*)*)+|\\p{N}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]?|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+",
        // DeepSeek.
        "[\r\n]",
        "\\s?[A-Za-zµÀ-ÖØ-öø-ƺ𐐀-𐑏]+",
        "\\s?[!-/:-~！-／：-～‘-‟\u3000-。]+",
        "\\s+$",
        "\\s?\\p{P}+",
        "[一-龥\u3040-ゟ゠-ヿ]+",
        "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
            + "| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+",
        // Falcon, BLOOM, llama.cpp's default, digits in threes from the right.
        "[0-9][0-9][0-9]",
        " ?[^(\\s|[.,!?…。，、।۔،])]+",
        "[\\p{P}\\$\\+<=>\\^~\\|]+",
        "\\d{1,3}(?=(?:\\d{3})*\\b)",
        // None of anybody's, and harmless.
        "a+b",
        "(?:a|b)+",
        "(?>a+)b",
        "(?<=\\s{3})a+",
        "(?i)[st]+",
        "\\x{3400}+\\u4e00",
        "((((a))))",
      })
  void letsThroughWhatCannotGoBackOften(String regex) {
    assertThatNoException().isThrownBy(() -> TokenizerRegexes.check(split(regex)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(a+)+b",
        "(a*)*b",
        "(a|a)+b",
        "(a|ab)*c",
        "(a?)+b",
        "(a{1,2})+b",
        "(?:[a-z ]+)+[0-9#]",
        "(?i)(?:a+)+b",
        "(?i)[ßs]+x",
        "(?>(a+)+b)",
        "(?=(a+)+b)",
        "(?!(a+)+b)a",
        "(a+b|a)*",
        "(a++b|a)*",
        "((?!.*x).)*",
        "a*a*b",
        "a+a+a+b",
        "\\s*\\s*\\s*x",
        ".*.*=.*",
        "\\p{N}{1,3}+x",
        "(?<=a+)b",
        "a{1,300}a{1,300}b{1,300}c",
        "(?:a?){30}a{30}",
        "(a|b|ab){1,40}c",
        "a?(?:b+c+)d",
      })
  void refusesWhatCan(String regex) {
    refuses(regex, "repetitions within repetitions, or one after the other, may match 1,048,576");
  }

  @Test
  void saysWhatIsWrong() {
    refuses("(a)\\1", "references to groups are not supported");
    refuses("(?<n>a)\\k<n>", "groups that begin as (?< are not understood");
    refuses("(?~a)", "groups that begin as (?~ are not understood");
    refuses("(*FAIL)", "groups that begin as (*F are not understood");
    refuses("\\X+", "\\X is not understood");
    refuses("[\\c]]+", "\\c, \\C, \\M and \\Q are not understood");
    refuses("[]a]", "classes that begin with ] are not understood");
    refuses("a{000001}", "a { that begins no {n,m} is not understood");
    refuses("a{3,2}", "{3,2} is not understood");
    refuses("a{,}", "{,} is not understood");
    refuses("a{3}?", "{3} is not understood");
    refuses("*", "* repeats nothing");
    refuses("(a", "a group is not closed");
    refuses("a)", "a ) closes nothing");
    refuses("[a", "it ends too early");
    refuses("a\\", "it ends too early");
    refuses("(?:a{40}){40}", "it has 1,600 parts, the limit is 1,000");
    refuses("(".repeat(10_000), "its groups are nested more than 32 deep");
    refuses("[a".repeat(5_000), "its classes are nested more than 32 deep");
    refuses("a".repeat(10_001), "it has 10,001 characters, the limit is 10,000");
  }

  @Test
  void showsTheBeginningOfTheExpression() {
    assertThatThrownBy(() -> TokenizerRegexes.check(split("(a+)+b")))
        .hasMessageStartingWith("its regular expression (a+)+b is not supported: ");
    assertThatThrownBy(() -> TokenizerRegexes.check(split("x".repeat(500) + "(a+)+b")))
        .hasMessageStartingWith("its regular expression " + "x".repeat(100) + "… is not supported");
  }

  @Test
  void findsThemAllOverTheFile() {
    for (String part : new String[] {"normalizer", "pre_tokenizer", "decoder", "post_processor"}) {
      refusesFile("{\"%s\":{\"steps\":[{\"pattern\":{\"Regex\":\"(a+)+b\"}}]}}".formatted(part));
    }
    refusesFile("{\"decoder\":{\"pattern\":{\"\\u0052egex\":\"(a+)+b\",\"Regex\":\"a\"}}}");
    assertThatNoException()
        .isThrownBy(
            () ->
                TokenizerRegexes.check(
                    "{\"pre_tokenizer\":{\"pattern\":{\"String\":\"(a+)+b\"}},"
                        + "\"model\":{\"vocab\":{\"Regex\":1,\"(a+)+b\":2}}}"));
    assertThatThrownBy(() -> TokenizerRegexes.check("{")).hasMessage("it is no JSON");
  }

  private static void refusesFile(String json) {
    assertThatThrownBy(() -> TokenizerRegexes.check(json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("its regular expression (a+)+b is not supported");
  }

  private static void refuses(String regex, String why) {
    assertThatThrownBy(() -> TokenizerRegexes.check(split(regex)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
  }

  private static String split(String regex) {
    return new JsonMapper()
        .createObjectNode()
        .putObject("pre_tokenizer")
        .putObject("pattern")
        .put("Regex", regex)
        .toString();
  }
}
