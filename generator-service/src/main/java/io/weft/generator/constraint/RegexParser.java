package io.weft.generator.constraint;

import io.weft.generator.constraint.Regex.Alternatives;
import io.weft.generator.constraint.Regex.Branch;
import io.weft.generator.constraint.Regex.Chars;
import io.weft.generator.constraint.Regex.Pattern;
import io.weft.generator.constraint.Regex.Repeat;
import io.weft.generator.constraint.Regex.Sequence;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads regular expressions as ECMA-262 writes them, as far as they are regular: no look-around, no
 * back-references, no word boundaries, no Unicode properties; {@code ^} and {@code $} only around a
 * whole alternative. As in Python, a brace that begins no repetition stands for itself. Used once.
 */
final class RegexParser {
  private static final int MAX_GROUPS_DEEP = 64;
  private static final int MAX_REPEAT = 1_000_000_000;

  private final int[] pattern;
  private int position;
  private int depth;

  /** The character that the last member of brackets was. */
  private int single;

  private RegexParser(String pattern) {
    this.pattern = pattern.codePoints().toArray();
  }

  /**
   * Parses.
   *
   * @throws Refusal naming what is wrong or not supported, and where
   */
  static Pattern parse(String pattern) {
    return new RegexParser(pattern).pattern();
  }

  private Pattern pattern() {
    List<Branch> branches = new ArrayList<>();
    do {
      boolean atStart = take('^');
      Regex regex = sequence();
      boolean atEnd = take('$');
      branches.add(new Branch(regex, atStart, atEnd));
    } while (take('|'));
    if (position < pattern.length) {
      throw pattern[position] == ')'
          ? invalid("a ) without its (")
          : unsupported("^ and $ anywhere but around a whole alternative");
    }
    return new Pattern(branches);
  }

  private Regex alternatives() {
    List<Regex> options = new ArrayList<>();
    do {
      options.add(sequence());
    } while (take('|'));
    return options.size() == 1 ? options.getFirst() : new Alternatives(options);
  }

  private Regex sequence() {
    List<Regex> parts = new ArrayList<>();
    while (position < pattern.length && !isAny("|)^$")) {
      parts.add(repeated(atom()));
    }
    return parts.size() == 1 ? parts.getFirst() : new Sequence(parts);
  }

  private Regex repeated(Regex atom) {
    Regex part = atom;
    int times = 0;
    while (position < pattern.length) {
      int at = position;
      Repeat repeat = repeat(part);
      if (repeat == null) {
        return part;
      }
      if (times++ > 0) {
        position = at;
        throw invalid("a repetition of a repetition");
      }
      // Whether it takes much or little makes no difference to what matches.
      take('?');
      part = repeat;
    }
    return part;
  }

  private @Nullable Repeat repeat(Regex part) {
    if (take('*')) {
      return new Repeat(part, 0, Repeat.UNBOUNDED);
    }
    if (take('+')) {
      return new Repeat(part, 1, Repeat.UNBOUNDED);
    }
    if (take('?')) {
      return new Repeat(part, 0, 1);
    }
    int at = position;
    if (take('{')) {
      int min = number();
      boolean comma = take(',');
      int max = comma ? number() : min;
      if (take('}') && (min >= 0 || max >= 0)) {
        if (max >= 0 && max < min) {
          throw invalid("a repetition of more than it allows");
        }
        return new Repeat(part, Math.max(0, min), max < 0 ? Repeat.UNBOUNDED : max);
      }
      position = at;
    }
    return null;
  }

  /** Digits, at most {@link #MAX_REPEAT}; -1 when there are none. */
  private int number() {
    int value = -1;
    while (position < pattern.length && pattern[position] >= '0' && pattern[position] <= '9') {
      long next = 10L * Math.max(0, value) + pattern[position++] - '0';
      value = (int) Math.min(MAX_REPEAT, next);
    }
    return value;
  }

  private Regex atom() {
    int c = pattern[position++];
    return switch (c) {
      case '(' -> group();
      case '[' -> new Chars(brackets());
      case '.' -> new Chars(CharSet.dot());
      case '\\' -> new Chars(escape());
      case '*', '+', '?' -> {
        position--;
        throw invalid("a repetition of nothing");
      }
      default -> new Chars(CharSet.of(c));
    };
  }

  private Regex group() {
    if (++depth > MAX_GROUPS_DEEP) {
      throw Refusal.tooComplex(
          "groups of a regular expression nest deeper than %d".formatted(MAX_GROUPS_DEEP));
    }
    if (take('?')) {
      if (take('<') && position < pattern.length && !isAny("=!")) {
        while (position < pattern.length && pattern[position] != '>') {
          position++;
        }
        take('>');
      } else if (!take(':')) {
        throw unsupported("look-around and modifiers");
      }
    }
    Regex inner = alternatives();
    if (!take(')')) {
      throw position < pattern.length
          ? unsupported("^ and $ inside of a group")
          : invalid("a ( without its )");
    }
    depth--;
    return inner;
  }

  private CharSet brackets() {
    boolean negated = take('^');
    CharSet set = CharSet.anyOf("");
    while (position < pattern.length && pattern[position] != ']') {
      CharSet low = member();
      int from = single;
      boolean isRange =
          position + 1 < pattern.length && pattern[position] == '-' && pattern[position + 1] != ']';
      if (!isRange) {
        set = set.or(low);
        continue;
      }
      position++;
      CharSet high = member();
      if (from < 0 || single < 0) {
        // A class at either end: the dash stands for itself.
        set = set.or(low).or(high).or(CharSet.of('-'));
      } else if (single < from) {
        throw invalid("a range of characters that ends before it begins");
      } else {
        set = set.or(CharSet.range(from, single));
      }
    }
    if (!take(']')) {
      throw invalid("a [ without its ]");
    }
    return negated ? set.negated() : set;
  }

  /** A member of brackets; {@link #single} tells which character, or -1 for a class of them. */
  private CharSet member() {
    int c = pattern[position++];
    if (c == '\\') {
      if (position < pattern.length && pattern[position] == 'b') {
        position++;
        return single('\b');
      }
      return escape();
    }
    return single(c);
  }

  private CharSet single(int c) {
    single = c;
    return CharSet.of(c);
  }

  /** What follows a backslash. */
  private CharSet escape() {
    if (position == pattern.length) {
      throw invalid("a \\ at the end");
    }
    int c = pattern[position++];
    single = -1;
    return switch (c) {
      case 'd' -> CharSet.digits();
      case 'D' -> CharSet.digits().negated();
      case 'w' -> CharSet.word();
      case 'W' -> CharSet.word().negated();
      case 's' -> CharSet.space();
      case 'S' -> CharSet.space().negated();
      case 't' -> single('\t');
      case 'n' -> single('\n');
      case 'r' -> single('\r');
      case 'f' -> single('\f');
      case 'v' -> single(0x0b);
      case 'x' -> single(hexadecimal(2));
      case 'u' -> single(unicode());
      case '0' -> {
        if (number() >= 0) {
          throw unsupported("octal escapes");
        }
        yield single(0);
      }
      default -> {
        if (Character.isLetterOrDigit(c)) {
          position--;
          throw unsupported("this escape");
        }
        yield single(c);
      }
    };
  }

  private int unicode() {
    if (take('{')) {
      int digits = 0;
      while (position + digits < pattern.length && pattern[position + digits] != '}') {
        digits++;
      }
      int c = hexadecimal(digits);
      take('}');
      return c;
    }
    int c = hexadecimal(4);
    boolean isPair =
        Character.isBmpCodePoint(c)
            && Character.isHighSurrogate((char) c)
            && position + 1 < pattern.length
            && pattern[position] == '\\'
            && pattern[position + 1] == 'u';
    if (!isPair) {
      return c;
    }
    position += 2;
    int low = hexadecimal(4);
    if (!Character.isLowSurrogate((char) low)) {
      throw invalid("half of a surrogate pair");
    }
    return Character.toCodePoint((char) c, (char) low);
  }

  private int hexadecimal(int digits) {
    int c = 0;
    if (digits < 1 || digits > 6 || position + digits > pattern.length) {
      throw invalid("an escape without its digits");
    }
    for (int i = 0; i < digits; i++) {
      int digit = pattern[position] < 128 ? Character.digit(pattern[position], 16) : -1;
      if (digit < 0) {
        throw invalid("an escape without its digits");
      }
      position++;
      c = 16 * c + digit;
    }
    if (c > Character.MAX_CODE_POINT) {
      throw invalid("a character beyond U+10FFFF");
    }
    return c;
  }

  private boolean take(int c) {
    if (position < pattern.length && pattern[position] == c) {
      position++;
      return true;
    }
    return false;
  }

  private boolean isAny(String characters) {
    return characters.indexOf(pattern[position]) >= 0;
  }

  private Refusal invalid(String what) {
    return Refusal.invalid(
        "the regular expression has %s, at character %,d".formatted(what, position + 1));
  }

  private Refusal unsupported(String what) {
    return Refusal.unsupported(
        "%s in a regular expression, at character %,d: not supported"
            .formatted(what, position + 1));
  }
}
