package io.weft.tokenizer.chat;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Python's {@code strftime}, in the C locale, of a time without a zone. */
final class Strftime {
  private static final Map<Character, String> PATTERNS =
      Map.ofEntries(
          Map.entry('Y', "uuuu"),
          Map.entry('y', "uu"),
          Map.entry('m', "MM"),
          Map.entry('d', "dd"),
          Map.entry('H', "HH"),
          Map.entry('I', "hh"),
          Map.entry('M', "mm"),
          Map.entry('S', "ss"),
          Map.entry('f', "SSSSSS"),
          Map.entry('p', "a"),
          Map.entry('a', "EEE"),
          Map.entry('A', "EEEE"),
          Map.entry('b', "MMM"),
          Map.entry('B', "MMMM"),
          Map.entry('h', "MMM"),
          Map.entry('j', "DDD"),
          Map.entry('e', "ppd"),
          Map.entry('c', "EEE MMM ppd HH:mm:ss uuuu"),
          Map.entry('x', "MM/dd/uu"),
          Map.entry('X', "HH:mm:ss"),
          Map.entry('F', "uuuu-MM-dd"),
          Map.entry('T', "HH:mm:ss"),
          Map.entry('D', "MM/dd/uu"),
          Map.entry('R', "HH:mm"));

  private static final Pattern DIRECTIVE = Pattern.compile("%(-?)(.)", Pattern.DOTALL);

  private Strftime() {}

  static String format(ZonedDateTime time, String format) {
    StringBuilder text = new StringBuilder();
    Matcher directives = DIRECTIVE.matcher(format);
    while (directives.find()) {
      char directive = directives.group(2).charAt(0);
      String value = value(time, directive);
      boolean unpadded = !directives.group(1).isEmpty();
      directives.appendReplacement(
          text, Matcher.quoteReplacement(unpadded ? value.replaceFirst("^[0 ]+(?=.)", "") : value));
    }
    directives.appendTail(text);
    return text.toString();
  }

  private static String value(ZonedDateTime time, char directive) {
    switch (directive) {
      case '%' -> {
        return "%";
      }
      // Python's time here knows no zone.
      case 'Z', 'z' -> {
        return "";
      }
      default -> {}
    }
    String pattern = PATTERNS.get(directive);
    if (pattern == null) {
      throw TemplateException.evaluation("strftime_now is given a directive it does not support");
    }
    return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(time);
  }
}
