package io.weft.runtime.text;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the structure of a regular expression as Oniguruma does (doc/RE in its repository, the
 * syntax ONIG_SYNTAX_ONIGURUMA). What tokenizers have no use for is refused.
 */
final class RegexParser {
  private static final int MAX_DEPTH = 32;
  private static final Pattern INTERVAL = Pattern.compile("\\{(\\d{0,5})(?:(,)(\\d{0,5}))?\\}");
  private static final Pattern OPTIONS = Pattern.compile("\\?([im]*)(-[im]*)?([:)])");

  /** Escapes of one character, of a kind of characters, and of places. */
  private static final String ESCAPES = "0tnrfvaexudDwWsShHRNObBAzZG";

  private final String regex;
  private int at;
  private int depth;
  private int repetitions;
  private boolean ignoresCase;

  private RegexParser(String regex) {
    this.regex = regex;
  }

  /**
   * @throws IllegalArgumentException with the reason
   */
  static RegexNode parse(String regex) {
    RegexParser parser = new RegexParser(regex);
    RegexNode node = parser.choice();
    if (parser.at < regex.length()) {
      throw new IllegalArgumentException("a ) closes nothing");
    }
    return node;
  }

  private RegexNode choice() {
    List<RegexNode> nodes = new ArrayList<>();
    do {
      nodes.add(sequence());
    } while (skip("|"));
    return nodes.size() == 1 ? nodes.getFirst() : new RegexNode.Choice(nodes);
  }

  private RegexNode sequence() {
    List<RegexNode> nodes = new ArrayList<>();
    while (at < regex.length() && regex.charAt(at) != '|' && regex.charAt(at) != ')') {
      nodes.add(repeated(single()));
    }
    return nodes.size() == 1 ? nodes.getFirst() : new RegexNode.Sequence(nodes);
  }

  private RegexNode single() {
    char c = next();
    return switch (c) {
      case '(' -> group();
      case '[' -> {
        charClass();
        yield kind();
      }
      case '\\' -> escape();
      case '*', '+', '?', '{' -> throw new IllegalArgumentException(c + " repeats nothing");
      case '.' -> kind();
      default -> new RegexNode.Atom(1);
    };
  }

  /** Without regard to case, one character of a class may match two of a text: ß is ss. */
  private RegexNode kind() {
    return new RegexNode.Atom(ignoresCase ? 2 : 1);
  }

  private RegexNode repeated(RegexNode single) {
    RegexNode node = single;
    while (at < regex.length()) {
      if (skip("*")) {
        node = repeat(node, 0, RegexNode.UNBOUNDED, true);
      } else if (skip("+")) {
        node = repeat(node, 1, RegexNode.UNBOUNDED, true);
      } else if (skip("?")) {
        node = repeat(node, 0, 1, true);
      } else if (regex.startsWith("{", at)) {
        node = interval(node);
      } else {
        return node;
      }
    }
    return node;
  }

  private RegexNode interval(RegexNode node) {
    Matcher interval = INTERVAL.matcher(regex).region(at, regex.length());
    if (!interval.lookingAt()) {
      throw new IllegalArgumentException("a { that begins no {n,m} is not understood");
    }
    boolean isExact = interval.group(2) == null;
    int min = number(interval.group(1), 0);
    int max = isExact ? min : number(interval.group(3), RegexNode.UNBOUNDED);
    at = interval.end();
    if (interval.end() - interval.start() < 3
        || interval.group().equals("{,}")
        || min > max
        || (min == max && regex.startsWith("?", at))) {
      throw new IllegalArgumentException("%s is not understood".formatted(interval.group()));
    }
    // A + after an interval makes a repetition of it, and not a possessive one.
    return repeat(node, min, max, false);
  }

  private static int number(String digits, int ifNone) {
    return digits.isEmpty() ? ifNone : Integer.parseInt(digits);
  }

  private RegexNode repeat(RegexNode node, int min, int max, boolean canBePossessive) {
    repetitions++;
    if (!skip("?") && canBePossessive) {
      skip("+");
    }
    return new RegexNode.Repeat(node, min, max);
  }

  private RegexNode group() {
    if (++depth > MAX_DEPTH) {
      throw new IllegalArgumentException(
          "its groups are nested more than %d deep".formatted(MAX_DEPTH));
    }
    boolean outer = ignoresCase;
    int before = repetitions;
    Matcher options = OPTIONS.matcher(regex).region(at, regex.length());
    RegexNode node;
    if (skip("?=") || skip("?!") || skip("?>")) {
      node = new RegexNode.Aside(choice(), 1);
    } else if (skip("?<=") || skip("?<!")) {
      RegexNode body = choice();
      node = new RegexNode.Aside(body, repetitions == before ? 1 : RegexNode.TEXT);
    } else if (options.lookingAt()) {
      at = options.end();
      ignoresCase |= options.group(1).indexOf('i') >= 0;
      if (options.group(3).equals(")")) {
        // The options hold to the end of the group around, other choices included.
        depth--;
        node = choice();
        ignoresCase = outer;
        return node;
      }
      node = choice();
    } else if (regex.startsWith("?", at) || regex.startsWith("*", at)) {
      throw new IllegalArgumentException(
          "groups that begin as (%s are not understood"
              .formatted(regex.substring(at, Math.min(at + 2, regex.length()))));
    } else {
      node = choice();
    }
    if (!skip(")")) {
      throw new IllegalArgumentException("a group is not closed");
    }
    depth--;
    ignoresCase = outer;
    return node;
  }

  private RegexNode escape() {
    char c = next();
    if (c == 'p' || c == 'P') {
      braces();
      return kind();
    }
    if ("123456789kg".indexOf(c) >= 0) {
      throw new IllegalArgumentException("references to groups are not supported");
    }
    if (c < 0x80 && Character.isLetterOrDigit(c) && ESCAPES.indexOf(c) < 0) {
      throw new IllegalArgumentException("\\%c is not understood".formatted(c));
    }
    if (c == 'x' && regex.startsWith("{", at)) {
      braces();
    }
    return "dDwWsShHNO".indexOf(c) < 0 ? new RegexNode.Atom(1) : kind();
  }

  private void braces() {
    int end = regex.indexOf('}', at);
    if (!regex.startsWith("{", at) || end < 0) {
      throw new IllegalArgumentException("\\p and \\x without braces are not understood");
    }
    at = end + 1;
  }

  /** After its opening bracket; classes may hold classes. */
  private void charClass() {
    if (++depth > MAX_DEPTH) {
      throw new IllegalArgumentException(
          "its classes are nested more than %d deep".formatted(MAX_DEPTH));
    }
    skip("^");
    if (regex.startsWith("]", at)) {
      throw new IllegalArgumentException("classes that begin with ] are not understood");
    }
    for (char c = next(); c != ']'; c = next()) {
      if (c == '[') {
        charClass();
      } else if (c == '\\' && "cCMQ".indexOf(next()) >= 0) {
        throw new IllegalArgumentException("\\c, \\C, \\M and \\Q are not understood");
      }
    }
    depth--;
  }

  private char next() {
    if (at == regex.length()) {
      throw new IllegalArgumentException("it ends too early");
    }
    return regex.charAt(at++);
  }

  private boolean skip(String text) {
    boolean isThere = regex.startsWith(text, at);
    if (isThere) {
      at += text.length();
    }
    return isThere;
  }
}
