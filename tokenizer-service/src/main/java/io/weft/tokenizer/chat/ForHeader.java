package io.weft.tokenizer.chat;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a {@code for} tag says.
 *
 * @param targets the loop variables
 * @param iterable expression for what to run over
 * @param condition expression that an element must satisfy; null without one
 */
record ForHeader(List<String> targets, String iterable, @Nullable String condition) {
  private static final Pattern HEADER =
      Pattern.compile("\\(?\\s*([\\w\\s,]+?)\\s*\\)?\\s+in\\s+(.*)", Pattern.DOTALL);

  static ForHeader parse(String code) {
    Matcher matcher = HEADER.matcher(code.strip());
    if (!matcher.matches()) {
      throw TemplateException.syntax("tag 'for' is not 'for ... in ...'");
    }
    List<String> targets = List.of(matcher.group(1).split("\\s*,\\s*", -1));
    String rest = matcher.group(2).strip();
    if (word(rest, "recursive") >= 0) {
      throw TemplateException.syntax("recursive loops are not supported");
    }
    int condition = word(rest, "if");
    return condition < 0
        ? new ForHeader(targets, rest, null)
        : new ForHeader(
            targets, rest.substring(0, condition).strip(), rest.substring(condition + 2).strip());
  }

  /** Where a word stands outside brackets and strings; -1 where it does not. */
  private static int word(String code, String word) {
    int depth = 0;
    int i = 0;
    while (i < code.length()) {
      char c = code.charAt(i);
      if (c == '\'') {
        i = endOfString(code, i);
      } else if ("([{".indexOf(c) >= 0) {
        depth++;
      } else if (")]}".indexOf(c) >= 0) {
        depth--;
      } else if (depth == 0
          && code.startsWith(word, i)
          && !isPartOfName(code, i - 1)
          && !isPartOfName(code, i + word.length())) {
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
