package io.weft.tokenizer.chat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** Text as Python's {@code str} treats it. */
final class PythonText {
  private PythonText() {}

  /** Whether Python's {@code str.isspace} holds for a character. */
  static boolean isSpace(int c) {
    return switch (c) {
      case ' ', '\t', '\n', '\r', 0x0b, 0x0c, 0x1c, 0x1d, 0x1e, 0x1f, 0x85, 0xa0 -> true;
      default -> c > 0xff && (Character.isSpaceChar(c) || Character.isWhitespace(c));
    };
  }

  static boolean isBlank(String text) {
    return text.codePoints().allMatch(PythonText::isSpace);
  }

  /** The order of two texts by code points, which that of {@link String} is not. */
  static int compare(String left, String right) {
    int order = left.compareTo(right);
    if (order == 0) {
      return 0;
    }
    int place = 0;
    int end = Math.min(left.length(), right.length());
    while (place < end && left.charAt(place) == right.charAt(place)) {
      place++;
    }
    if (place == end) {
      return order;
    }
    boolean surrogate = Character.isSurrogate(left.charAt(place));
    return surrogate == Character.isSurrogate(right.charAt(place)) ? order : surrogate ? 1 : -1;
  }

  /**
   * {@code str.strip}, {@code lstrip} and {@code rstrip}.
   *
   * @param characters what to take off; null means whitespace
   */
  static String strip(String text, @Nullable String characters, boolean left, boolean right) {
    IntPredicate strips = PythonText::isSpace;
    if (characters != null) {
      BitSet taken = new BitSet();
      characters.codePoints().forEach(taken::set);
      strips = taken::get;
    }
    int start = 0;
    int end = text.length();
    while (left && start < end && strips.test(text.codePointAt(start))) {
      start += Character.charCount(text.codePointAt(start));
    }
    while (right && end > start && strips.test(text.codePointBefore(end))) {
      end -= Character.charCount(text.codePointBefore(end));
    }
    return text.substring(start, end);
  }

  /** The first place from {@code start} on that is no space. */
  static int skipSpace(String text, int start) {
    int place = start;
    while (place < text.length() && isSpace(text.charAt(place))) {
      place++;
    }
    return place;
  }

  /** The last place before {@code end} behind which all are spaces. */
  static int skipSpaceBackwards(String text, int end) {
    int place = end;
    while (place > 0 && isSpace(text.charAt(place - 1))) {
      place--;
    }
    return place;
  }

  /** Decodes the escapes of a Python string literal, as {@code unicode-escape} does. */
  static String unescape(String literal, int line) {
    if (literal.indexOf('\\') < 0) {
      return literal;
    }
    StringBuilder value = new StringBuilder(literal.length());
    int i = 0;
    while (i < literal.length()) {
      char c = literal.charAt(i++);
      if (c != '\\') {
        value.append(c);
        continue;
      }
      char escape = literal.charAt(i++);
      switch (escape) {
        case '\n' -> {} // a line that goes on
        case '\\', '\'', '"' -> value.append(escape);
        case 'n' -> value.append('\n');
        case 't' -> value.append('\t');
        case 'r' -> value.append('\r');
        case 'a' -> value.append('\u0007');
        case 'b' -> value.append('\b');
        case 'f' -> value.append('\f');
        case 'v' -> value.append('\u000b');
        case 'x' -> i = hex(literal, i, 2, value, line);
        case 'u' -> i = hex(literal, i, 4, value, line);
        case 'U' -> i = hex(literal, i, 8, value, line);
        case 'N' ->
            throw TemplateException.syntax("characters by their name are not supported").at(line);
        case '0', '1', '2', '3', '4', '5', '6', '7' -> i = octal(literal, i - 1, value);
        default -> value.append('\\').append(escape);
      }
    }
    return value.toString();
  }

  /** Decodes the digits from {@code start} on; returns where they end. */
  private static int hex(String literal, int start, int digits, StringBuilder value, int line) {
    try {
      value.appendCodePoint(Integer.parseInt(literal.substring(start, start + digits), 16));
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      throw TemplateException.because(
              TemplateException.Kind.SYNTAX,
              "a string has a broken \\%c escape".formatted(literal.charAt(start - 1)),
              e)
          .at(line);
    }
    return start + digits;
  }

  private static int octal(String literal, int start, StringBuilder value) {
    int end = start;
    int code = 0;
    while (end < literal.length()
        && end < start + 3
        && "01234567".indexOf(literal.charAt(end)) >= 0) {
      code = code * 8 + (literal.charAt(end) - '0');
      end++;
    }
    value.appendCodePoint(code);
    return end;
  }

  /**
   * {@code str.splitlines}: Python has more ends of lines than Java.
   *
   * @param keepEnds whether lines keep what ends them
   */
  static List<Object> lines(String text, boolean keepEnds) {
    List<Object> lines = new ArrayList<>();
    int start = 0;
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i++);
      if (!endsLine(c)) {
        continue;
      }
      int end = i - 1;
      if (c == '\r' && i < text.length() && text.charAt(i) == '\n') {
        i++;
      }
      lines.add(text.substring(start, keepEnds ? i : end));
      start = i;
    }
    if (start < text.length()) {
      lines.add(text.substring(start));
    }
    return lines;
  }

  private static boolean endsLine(char c) {
    return switch (c) {
      case '\n', '\r', 0x0b, 0x0c, 0x1c, 0x1d, 0x1e, 0x85, 0x2028, 0x2029 -> true;
      default -> false;
    };
  }
}
