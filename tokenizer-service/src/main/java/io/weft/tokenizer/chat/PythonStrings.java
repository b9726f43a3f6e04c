package io.weft.tokenizer.chat;

import io.weft.tokenizer.chat.PythonMethods.Arguments;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The methods of Python's {@code str}. */
final class PythonStrings {
  private PythonStrings() {}

  static Object call(String text, String name, Arguments args) {
    return switch (name) {
      case "strip" ->
          PythonText.strip(text, args.size() > 0 ? args.optionalText(0) : null, true, true);
      case "lstrip" ->
          PythonText.strip(text, args.size() > 0 ? args.optionalText(0) : null, true, false);
      case "rstrip" ->
          PythonText.strip(text, args.size() > 0 ? args.optionalText(0) : null, false, true);
      case "startswith" -> args.texts(0).stream().anyMatch(text::startsWith);
      case "endswith" -> args.texts(0).stream().anyMatch(text::endsWith);
      case "removeprefix" ->
          text.startsWith(args.text(0)) ? text.substring(args.text(0).length()) : text;
      case "removesuffix" ->
          text.endsWith(args.text(0))
              ? text.substring(0, text.length() - args.text(0).length())
              : text;
      case "lower", "casefold" -> PythonMethods.lower(text);
      case "upper" -> PythonMethods.upper(text);
      case "title" -> title(text);
      case "capitalize" -> capitalize(text);
      case "replace" -> replace(text, args.text(0), args.text(1), args.integer(2, -1));
      case "split" -> split(text, args.optionalText(0), args.integer(1, -1));
      case "rsplit" -> rsplit(text, args.optionalText(0), args.integer(1, -1));
      case "splitlines" -> new ArrayList<>(text.lines().toList());
      case "partition" -> partition(text, args.text(0), text.indexOf(args.text(0)));
      case "find" -> index(text, text.indexOf(args.text(0)));
      case "rfind" -> index(text, text.lastIndexOf(args.text(0)));
      case "count" -> count(text, args.text(0));
      case "join" -> join(text, args);
      case "format" -> format(text, args);
      case "isdigit" -> !text.isEmpty() && text.codePoints().allMatch(Character::isDigit);
      case "isalpha" -> !text.isEmpty() && text.codePoints().allMatch(Character::isLetter);
      case "isalnum" -> !text.isEmpty() && text.codePoints().allMatch(Character::isLetterOrDigit);
      case "isspace" -> !text.isEmpty() && PythonText.isBlank(text);
      case "isupper" ->
          !text.equals(PythonMethods.lower(text)) && text.equals(PythonMethods.upper(text));
      case "islower" ->
          !text.equals(PythonMethods.upper(text)) && text.equals(PythonMethods.lower(text));
      default -> throw args.unknown();
    };
  }

  static String capitalize(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = text.offsetByCodePoints(0, 1);
    return PythonMethods.upper(text.substring(0, first))
        + PythonMethods.lower(text.substring(first));
  }

  /**
   * The filter {@code title}, which unlike {@code str.title} starts words at blanks and brackets.
   */
  static String filterTitle(String text) {
    StringBuilder title = new StringBuilder(text.length());
    boolean inWord = false;
    for (int c : text.codePoints().toArray()) {
      String letter = Character.toString(c);
      title.append(inWord ? PythonMethods.lower(letter) : PythonMethods.upper(letter));
      inWord = !PythonText.isSpace(c) && "-({[<".indexOf(c) < 0;
    }
    return title.toString();
  }

  private static String title(String text) {
    StringBuilder title = new StringBuilder(text.length());
    boolean inWord = false;
    for (int c : text.codePoints().toArray()) {
      title.appendCodePoint(inWord ? Character.toLowerCase(c) : Character.toTitleCase(c));
      inWord = Character.isLetter(c);
    }
    return title.toString();
  }

  static String replace(String text, String old, String replacement, int count) {
    long growth = (long) Math.max(0, replacement.length() - old.length()) * count(text, old);
    TemplateInterpreter.current().checkLength(text.length() + growth);
    if (count < 0) {
      return text.replace(old, replacement);
    }
    String result = text;
    int from = 0;
    for (int i = 0; i < count; i++) {
      int found = result.indexOf(old, from);
      if (found < 0) {
        break;
      }
      result = result.substring(0, found) + replacement + result.substring(found + old.length());
      from = found + replacement.length() + (old.isEmpty() ? 1 : 0);
      if (from > result.length()) {
        break;
      }
    }
    return result;
  }

  private static List<Object> split(String text, @Nullable String separator, int limit) {
    if (separator == null) {
      return splitBlanks(text, limit);
    }
    requireSeparator(separator);
    List<Object> parts = new ArrayList<>();
    int from = 0;
    int found = text.indexOf(separator);
    while (found >= 0 && (limit < 0 || parts.size() < limit)) {
      parts.add(text.substring(from, found));
      from = found + separator.length();
      found = text.indexOf(separator, from);
    }
    parts.add(text.substring(from));
    return parts;
  }

  private static List<Object> splitBlanks(String text, int limit) {
    List<Object> words = new ArrayList<>();
    String rest = PythonText.strip(text, null, true, false);
    while (!rest.isEmpty()) {
      int end = 0;
      while (end < rest.length() && !PythonText.isSpace(rest.charAt(end))) {
        end++;
      }
      if (limit >= 0 && words.size() == limit) {
        words.add(PythonText.strip(rest, null, false, true));
        break;
      }
      words.add(rest.substring(0, end));
      rest = PythonText.strip(rest.substring(end), null, true, false);
    }
    return words;
  }

  private static List<Object> rsplit(String text, @Nullable String separator, int limit) {
    if (separator == null || limit < 0) {
      if (separator == null && limit >= 0) {
        throw TemplateException.evaluation("str.rsplit at blanks with a limit is not supported");
      }
      return split(text, separator, -1);
    }
    requireSeparator(separator);
    List<Object> parts = new ArrayList<>();
    String rest = text;
    int found = rest.lastIndexOf(separator);
    while (found >= 0 && parts.size() < limit) {
      parts.add(rest.substring(found + separator.length()));
      rest = rest.substring(0, found);
      found = rest.lastIndexOf(separator);
    }
    parts.add(rest);
    Collections.reverse(parts);
    return parts;
  }

  private static void requireSeparator(String separator) {
    if (separator.isEmpty()) {
      throw TemplateException.evaluation("str.split: the separator is empty");
    }
  }

  private static List<Object> partition(String text, String separator, int found) {
    requireSeparator(separator);
    if (found < 0) {
      return new ArrayList<>(List.of(text, "", ""));
    }
    return new ArrayList<>(
        List.of(text.substring(0, found), separator, text.substring(found + separator.length())));
  }

  private static long index(String text, int utf16) {
    return utf16 < 0 ? -1 : text.codePointCount(0, utf16);
  }

  private static long count(String text, String part) {
    if (part.isEmpty()) {
      return text.codePointCount(0, text.length()) + 1L;
    }
    long count = 0;
    for (int i = text.indexOf(part); i >= 0; i = text.indexOf(part, i + part.length())) {
      count++;
    }
    return count;
  }

  /** Fields without a name or a format, {@code {}}, filled in order; others are refused. */
  private static String format(String text, Arguments args) {
    StringBuilder out = new StringBuilder();
    int next = 0;
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (c != '{' && c != '}') {
        out.append(c);
        i++;
        continue;
      }
      if (text.startsWith("{}", i)) {
        out.append(Python.text(args.any(next++)));
      } else if (text.startsWith(String.valueOf(c).repeat(2), i)) {
        out.append(c);
      } else {
        throw TemplateException.evaluation("str.format knows the field {} only");
      }
      TemplateInterpreter.current().checkLength(out.length());
      i += 2;
    }
    return out.toString();
  }

  private static String join(String separator, Arguments args) {
    List<@Nullable Object> parts = Python.iterate(args.any(0));
    long length = parts.stream().mapToLong(p -> Python.text(p).length() + separator.length()).sum();
    TemplateInterpreter.current().checkLength(length);
    return parts.stream().map(PythonStrings::requireText).collect(Collectors.joining(separator));
  }

  private static String requireText(@Nullable Object part) {
    if (part instanceof String text) {
      return text;
    }
    throw TemplateException.evaluation(
        "str.join: an element is %s, not str", Python.typeName(part));
  }
}
