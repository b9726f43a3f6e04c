package io.weft.importer.checkpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Breaks JSON where it hurts: numbers at the edges of their types, values of other types, members
 * twice, missing or swapped, deep nesting, long strings and arrays, texts that end early.
 */
final class JsonMutator {
  private static final Pattern VALUE =
      Pattern.compile(
          "\"(?:[^\"\\\\]++|\\\\.)*+\"|-?\\d+(?:\\.\\d+)?(?:[eE][-+]?\\d+)?|true|false|null");
  private static final Pattern MEMBER =
      Pattern.compile(
          "\"(?:[^\"\\\\]++|\\\\.)*+\"\\s*:\\s*(?:\"[^\"]*\"|[^\\s\"{}\\[\\],]+|\\[[^\\[\\]{}]*\\]|\\{[^{}]*\\})");
  private static final List<String> VALUES =
      List.of(
          "0",
          "-1",
          "1",
          "2",
          "255",
          "65536",
          "2147483647",
          "2147483648",
          "4294967296",
          "281474976710656",
          "9223372036854775807",
          "-9223372036854775808",
          "18446744073709551616",
          "1e999",
          "-0.0",
          "0.5",
          "1e-400",
          "NaN",
          "true",
          "null",
          "{}",
          "[]",
          "\"\"",
          "\"F32\"",
          "\"BF16\"",
          "\"I64\"",
          "\"F64\"",
          "\"\\u0000\"",
          "\"\\ud800\"",
          "\"../x\"",
          "[0,8]",
          "[[1]]",
          "{\"a\":1}");

  private final String text;
  private final List<int[]> values;
  private final List<int[]> members;

  JsonMutator(String text) {
    this.text = text;
    values = spans(VALUE, text);
    members = spans(MEMBER, text);
  }

  private static List<int[]> spans(Pattern pattern, String text) {
    List<int[]> spans = new ArrayList<>();
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      spans.add(new int[] {matcher.start(), matcher.end()});
    }
    return spans;
  }

  /** The text with one to three changes. */
  String mutate(Random random) {
    String changed = change(random);
    for (int more = random.nextInt(5) - 2; more > 0; more--) {
      changed = new JsonMutator(changed).change(random);
    }
    return changed;
  }

  private String change(Random random) {
    if (values.isEmpty() || members.isEmpty()) {
      return flip(random);
    }
    int[] value = any(values, random);
    int[] member = any(members, random);
    return switch (random.nextInt(13)) {
      case 0, 1, 2 -> replace(value, VALUES.get(random.nextInt(VALUES.size())));
      case 3 -> replace(value, part(any(values, random)));
      case 4 -> swap(value, any(values, random));
      case 5 -> replace(member, part(member) + "," + part(member));
      case 6 -> replace(member, part(any(members, random)));
      case 7 -> swap(member, any(members, random));
      case 8 -> replace(value, nested(random));
      case 9 -> replace(value, "\"" + "x".repeat(1 << random.nextInt(17)) + "\"");
      case 10 -> replace(value, "[" + "1,".repeat(1 << random.nextInt(15)) + "1]");
      case 11 -> text.substring(0, random.nextInt(text.length()));
      default -> flip(random);
    };
  }

  private static String nested(Random random) {
    int depth = 1 << random.nextInt(15);
    return random.nextBoolean()
        ? "[".repeat(depth) + "]".repeat(depth)
        : "{\"a\":".repeat(depth) + "1" + "}".repeat(depth);
  }

  private String flip(Random random) {
    StringBuilder flipped = new StringBuilder(text.isEmpty() ? "{" : text);
    for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
      String characters = "{}[]\":,\\0-9.eE\u0000\uffff ";
      flipped.setCharAt(
          random.nextInt(flipped.length()), characters.charAt(random.nextInt(characters.length())));
    }
    return flipped.toString();
  }

  private String replace(int[] span, String by) {
    return text.substring(0, span[0]) + by + text.substring(span[1]);
  }

  /** Two spans in each other's place; those that touch stay. */
  private String swap(int[] one, int[] other) {
    int[] first = one[0] < other[0] ? one : other;
    int[] second = one[0] < other[0] ? other : one;
    if (first[1] > second[0]) {
      return text;
    }
    return text.substring(0, first[0])
        + part(second)
        + text.substring(first[1], second[0])
        + part(first)
        + text.substring(second[1]);
  }

  private String part(int[] span) {
    return text.substring(span[0], span[1]);
  }

  private static int[] any(List<int[]> spans, Random random) {
    return spans.get(random.nextInt(spans.size()));
  }
}
