package io.weft.tokenizer.chat;

import io.weft.tokenizer.chat.PythonMethods.Arguments;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The methods of Python's {@code str}. */
final class PythonStrings {
  private static final Pattern FIELD =
      Pattern.compile("\\{\\{|\\}\\}|\\{(\\d{1,6}|[A-Za-z_]\\w*)?\\}|[{}]");

  private PythonStrings() {}

  /** All of them by name. */
  static final Set<String> METHODS =
      Set.of(
          "capitalize",
          "casefold",
          "center",
          "count",
          "encode",
          "endswith",
          "expandtabs",
          "find",
          "format",
          "format_map",
          "index",
          "isalnum",
          "isalpha",
          "isascii",
          "isdecimal",
          "isdigit",
          "isidentifier",
          "islower",
          "isnumeric",
          "isprintable",
          "isspace",
          "istitle",
          "isupper",
          "join",
          "ljust",
          "lower",
          "lstrip",
          "maketrans",
          "partition",
          "removeprefix",
          "removesuffix",
          "replace",
          "rfind",
          "rindex",
          "rjust",
          "rpartition",
          "rsplit",
          "rstrip",
          "split",
          "splitlines",
          "startswith",
          "strip",
          "swapcase",
          "title",
          "translate",
          "upper",
          "zfill");

  static Object call(String text, String name, Arguments args) {
    return switch (name) {
      case "join" -> join(text, args);
      case "format" -> format(text, args);
      case "replace" -> {
        args.atMost(3);
        yield replace(text, args.text(0), args.text(1), args.integer(2, -1));
      }
      case "startswith", "endswith", "find", "rfind", "index", "rindex", "count" ->
          within(text, name, args);
      case "split", "rsplit" -> {
        Arguments placed = args.named("sep", "maxsplit");
        String separator = placed.optionalText(0);
        int limit = placed.integer(1, -1);
        yield name.equals("split") ? split(text, separator, limit) : rsplit(text, separator, limit);
      }
      case "splitlines" -> {
        Arguments placed = args.named("keepends");
        yield PythonText.lines(text, placed.size() > 0 && Python.truth(placed.any(0)));
      }
      case "strip",
          "lstrip",
          "rstrip",
          "removeprefix",
          "removesuffix",
          "partition",
          "rpartition" -> {
        args.atMost(1);
        yield ends(text, name, args);
      }
      default -> {
        args.atMost(0);
        yield plain(text, name, args);
      }
    };
  }

  /** Methods that take one text at most and look at the ends or the first place of it. */
  private static Object ends(String text, String name, Arguments args) {
    return switch (name) {
      case "strip" -> PythonText.strip(text, args.optionalText(0), true, true);
      case "lstrip" -> PythonText.strip(text, args.optionalText(0), true, false);
      case "rstrip" -> PythonText.strip(text, args.optionalText(0), false, true);
      case "removeprefix" ->
          text.startsWith(args.text(0)) ? text.substring(args.text(0).length()) : text;
      case "removesuffix" ->
          text.endsWith(args.text(0))
              ? text.substring(0, text.length() - args.text(0).length())
              : text;
      case "partition" ->
          partition(text, args.text(0), TextSearch.first(text, args.text(0), 0), false);
      default ->
          partition(text, args.text(0), TextSearch.last(text, args.text(0), text.length()), true);
    };
  }

  /** Methods without arguments. */
  private static Object plain(String text, String name, Arguments args) {
    return switch (name) {
      case "lower" -> PythonMethods.lower(text);
      case "casefold" -> PythonCase.fold(text);
      case "upper" -> PythonMethods.upper(text);
      case "title" -> PythonCase.title(text);
      case "capitalize" -> PythonCase.capitalize(text);
      case "isdecimal" -> all(text, Character::isDigit);
      case "isdigit" -> all(text, PythonCase::isDigit);
      case "isalpha" -> all(text, Character::isLetter);
      case "isalnum" -> all(text, PythonCase::isAlphanumeric);
      case "isascii" -> text.codePoints().allMatch(c -> c < 0x80);
      case "isspace" -> all(text, PythonText::isSpace);
      case "isupper" -> PythonCase.isUpper(text);
      case "islower" -> PythonCase.isLower(text);
      default -> throw args.unknown();
    };
  }

  private static boolean all(String text, IntPredicate holds) {
    return !text.isEmpty() && text.codePoints().allMatch(holds);
  }

  /** Methods that look for a text, perhaps between two places only. */
  private static Object within(String text, String name, Arguments args) {
    args.atMost(3);
    int length = text.codePointCount(0, text.length());
    int start = place(args.integer(1, 0), length);
    int end = Math.min(place(args.integer(2, length), length), length);
    boolean outside = start > end;
    String part =
        outside
            ? ""
            : text.substring(text.offsetByCodePoints(0, start), text.offsetByCodePoints(0, end));
    return switch (name) {
      case "startswith" -> args.texts(0).stream().anyMatch(p -> !outside && part.startsWith(p));
      case "endswith" -> args.texts(0).stream().anyMatch(p -> !outside && part.endsWith(p));
      case "count" -> {
        String wanted = args.text(0);
        yield outside ? 0L : count(part, wanted);
      }
      default -> {
        String wanted = args.text(0);
        int found =
            name.startsWith("r")
                ? TextSearch.last(part, wanted, part.length())
                : TextSearch.first(part, wanted, 0);
        if (outside || found < 0) {
          if (name.endsWith("index")) {
            throw TemplateException.evaluation("str.%s: the text is not there", name);
          }
          yield -1L;
        }
        yield (long) start + part.codePointCount(0, found);
      }
    };
  }

  private static int place(int index, int length) {
    return Math.max(0, index < 0 ? index + length : index);
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

  static String replace(String text, String old, String replacement, int count) {
    long growth = (long) Math.max(0, replacement.length() - old.length()) * count(text, old);
    TemplateInterpreter.current().checkLength(text.length() + growth);
    StringBuilder result = new StringBuilder(text.length());
    int from = 0;
    int found = 0;
    for (int i = 0; i != count; i++) {
      int place =
          old.isEmpty() ? (found <= text.length() ? found : -1) : TextSearch.first(text, old, from);
      if (place < 0) {
        break;
      }
      result.append(text, from, place).append(replacement);
      from = place + old.length();
      // Between any two characters, and at both ends, is an empty text.
      found = place < text.length() ? text.offsetByCodePoints(place, 1) : place + 1;
    }
    return result.append(text, from, text.length()).toString();
  }

  private static List<Object> split(String text, @Nullable String separator, int limit) {
    if (separator == null) {
      return splitBlanks(text, limit);
    }
    requireSeparator(separator);
    List<Object> parts = new ArrayList<>();
    int from = 0;
    int found = TextSearch.first(text, separator, 0);
    while (found >= 0 && (limit < 0 || parts.size() < limit)) {
      parts.add(text.substring(from, found));
      from = found + separator.length();
      found = TextSearch.first(text, separator, from);
    }
    parts.add(text.substring(from));
    return parts;
  }

  private static List<Object> splitBlanks(String text, int limit) {
    List<Object> words = new ArrayList<>();
    int start = PythonText.skipSpace(text, 0);
    while (start < text.length()) {
      if (limit >= 0 && words.size() == limit) {
        words.add(text.substring(start));
        break;
      }
      int end = start;
      while (end < text.length() && !PythonText.isSpace(text.charAt(end))) {
        end++;
      }
      words.add(text.substring(start, end));
      start = PythonText.skipSpace(text, end);
    }
    return words;
  }

  private static List<Object> rsplit(String text, @Nullable String separator, int limit) {
    if (limit < 0) {
      return split(text, separator, -1);
    }
    if (separator == null) {
      return rsplitBlanks(text, limit);
    }
    requireSeparator(separator);
    List<Object> parts = new ArrayList<>();
    int end = text.length();
    int found = TextSearch.last(text, separator, text.length());
    while (found >= 0 && parts.size() < limit) {
      parts.add(text.substring(found + separator.length(), end));
      end = found;
      found = TextSearch.last(text, separator, end - separator.length());
    }
    parts.add(text.substring(0, end));
    Collections.reverse(parts);
    return parts;
  }

  private static List<Object> rsplitBlanks(String text, int limit) {
    List<Object> words = new ArrayList<>();
    int end = PythonText.skipSpaceBackwards(text, text.length());
    while (end > 0) {
      if (words.size() == limit) {
        words.add(text.substring(0, end));
        break;
      }
      int start = end;
      while (start > 0 && !PythonText.isSpace(text.charAt(start - 1))) {
        start--;
      }
      words.add(text.substring(start, end));
      end = PythonText.skipSpaceBackwards(text, start);
    }
    Collections.reverse(words);
    return words;
  }

  private static void requireSeparator(String separator) {
    if (separator.isEmpty()) {
      throw TemplateException.evaluation("str.split: the separator is empty");
    }
  }

  private static Object partition(String text, String separator, int found, boolean last) {
    requireSeparator(separator);
    if (found < 0) {
      return last ? PythonTuple.of("", "", text) : PythonTuple.of(text, "", "");
    }
    return PythonTuple.of(
        text.substring(0, found), separator, text.substring(found + separator.length()));
  }

  private static long count(String text, String part) {
    if (part.isEmpty()) {
      return text.codePointCount(0, text.length()) + 1L;
    }
    long count = 0;
    int place = TextSearch.first(text, part, 0);
    while (place >= 0) {
      count++;
      place = TextSearch.first(text, part, place + part.length());
    }
    return count;
  }

  /** Fields that say which argument they are at most, {@code {}}, {@code {0}}, {@code {name}}. */
  private static String format(String text, Arguments args) {
    StringBuilder out = new StringBuilder();
    Matcher fields = FIELD.matcher(text);
    int next = 0;
    boolean numbered = false;
    while (fields.find()) {
      String field = fields.group();
      String value;
      if (field.equals("{{") || field.equals("}}")) {
        value = field.substring(1);
      } else if (field.equals("{}")) {
        value = Python.text(args.any(next++));
      } else if (fields.group(1) == null) {
        throw TemplateException.evaluation("str.format knows fields without a format only");
      } else if (Character.isDigit(fields.group(1).charAt(0))) {
        numbered = true;
        value = Python.text(args.any(Integer.parseInt(fields.group(1))));
      } else if (args.named().containsKey(fields.group(1))) {
        value = Python.text(args.named().get(fields.group(1)));
      } else {
        throw TemplateException.evaluation("str.format is not given the field '%s'", field);
      }
      fields.appendReplacement(out, Matcher.quoteReplacement(value));
      TemplateInterpreter.current().checkLength(out.length());
    }
    if (numbered && next > 0) {
      throw TemplateException.evaluation("str.format is given fields with numbers and without");
    }
    return fields.appendTail(out).toString();
  }

  private static String join(String separator, Arguments args) {
    args.atMost(1);
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
