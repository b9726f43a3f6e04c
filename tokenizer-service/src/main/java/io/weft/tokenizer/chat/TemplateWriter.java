package io.weft.tokenizer.chat;

import java.util.ArrayList;
import java.util.List;

/** Writes a template for Jinjava, and remembers from which line of the source each line came. */
final class TemplateWriter {
  /**
   * A template for Jinjava.
   *
   * @param text the template
   * @param lines for each line of the text, the line of the original, counted from 1
   */
  record Rewritten(String text, List<Integer> lines) {
    Rewritten {
      lines = List.copyOf(lines);
    }

    /** The original's line that a line of the text came from. */
    int originalLine(int line) {
      return line >= 1 && line <= lines.size() ? lines.get(line - 1) : 0;
    }
  }

  private final StringBuilder out = new StringBuilder();
  private final List<Integer> lines = new ArrayList<>(List.of(1));

  /** Text to be printed as it is, even where it looks like a tag. */
  void text(String text, int line) {
    if (text.isEmpty()) {
      return;
    }
    boolean joins = !out.isEmpty() && out.charAt(out.length() - 1) == '{';
    if (text.contains("{{") || text.contains("{%") || text.contains("{#") || joins) {
      expression(literal(text), line);
      return;
    }
    setLine(line);
    int current = line;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      out.append(c);
      if (c == '\n') {
        lines.add(++current);
      }
    }
  }

  void expression(String code, int line) {
    separate();
    setLine(line);
    out.append("{{ ").append(code.strip()).append(" }}");
  }

  void statement(String name, String code, int line) {
    separate();
    setLine(line);
    out.append("{% ").append(name).append(' ').append(code).append(" %}");
  }

  Rewritten finish() {
    return new Rewritten(out.toString(), lines);
  }

  /** A string literal that needs only the escapes which Jinjava knows. */
  static String literal(String value) {
    StringBuilder quoted = new StringBuilder(value.length() + 2).append('\'');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '\\' -> quoted.append("\\\\");
        case '\'' -> quoted.append("\\'");
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        default -> quoted.append(c);
      }
    }
    return quoted.append('\'').toString();
  }

  /** Keeps a brace at the end of the text from becoming part of the tag that follows. */
  private void separate() {
    if (!out.isEmpty() && out.charAt(out.length() - 1) == '{') {
      out.setLength(out.length() - 1);
      out.append("{{ '{' }}");
    }
  }

  private void setLine(int line) {
    lines.set(lines.size() - 1, line);
  }
}
