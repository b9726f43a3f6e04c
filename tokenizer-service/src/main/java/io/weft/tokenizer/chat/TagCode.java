package io.weft.tokenizer.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;

/** Finds its way in a tag's code, as {@link TemplateCode} has written it. */
final class TagCode {
  private static final Pattern NAME = Pattern.compile("[^\\W\\d]\\w*");
  private static final Set<String> CONSTANTS =
      Set.of("true", "false", "none", "True", "False", "None");

  private TagCode() {}

  /** Where a word stands outside brackets and strings; -1 where it does not. */
  static int word(String code, String word) {
    return find(
        code,
        0,
        i ->
            code.startsWith(word, i)
                && !isPartOfName(code, i - 1)
                && !isPartOfName(code, i + word.length()));
  }

  /** The parts between commas outside brackets and strings; a last comma ends nothing. */
  static List<String> parts(String code) {
    List<String> parts = new ArrayList<>();
    int start = 0;
    for (int i = comma(code, 0); i >= 0; i = comma(code, i + 1)) {
      parts.add(code.substring(start, i).strip());
      start = i + 1;
    }
    String last = code.substring(start).strip();
    if (!last.isEmpty()) {
      parts.add(last);
    }
    return parts;
  }

  /** An expression that may be a tuple without its parentheses. */
  static String tuple(String code) {
    return comma(code, 0) < 0 ? code : "(" + code + ")";
  }

  /**
   * A name that a value can be given.
   *
   * @throws TemplateException when it is none
   */
  static String name(String code) {
    if (!NAME.matcher(code).matches() || CONSTANTS.contains(code)) {
      throw TemplateException.syntax("'%s' is no name that a value can be given", code);
    }
    return code;
  }

  private static int comma(String code, int from) {
    return find(code, from, i -> code.charAt(i) == ',');
  }

  private static int find(String code, int from, IntPredicate found) {
    int depth = 0;
    int i = from;
    while (i < code.length()) {
      char c = code.charAt(i);
      if (c == '\'') {
        i = endOfString(code, i);
      } else if ("([{".indexOf(c) >= 0) {
        depth++;
      } else if (")]}".indexOf(c) >= 0) {
        depth--;
      } else if (depth == 0 && found.test(i)) {
        return i;
      }
      i++;
    }
    return -1;
  }

  private static int endOfString(String code, int start) {
    int i = start + 1;
    while (i < code.length() && code.charAt(i) != '\'') {
      i += code.charAt(i) == '\\' ? 2 : 1;
    }
    return i;
  }

  private static boolean isPartOfName(String code, int index) {
    if (index < 0 || index >= code.length()) {
      return false;
    }
    char c = code.charAt(index);
    return Character.isLetterOrDigit(c) || c == '_' || c == '.';
  }
}
