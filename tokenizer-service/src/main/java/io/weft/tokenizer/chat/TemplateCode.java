package io.weft.tokenizer.chat;

/**
 * The code of one tag, rewritten for Jinjava's expression scanner.
 *
 * @param text the code on one line, string literals decoded and quoted anew
 * @param end index just past the tag's closing braces
 * @param sign {@code -} or {@code +} before the closing braces, else 0
 */
record TemplateCode(String text, int end, char sign) {
  /**
   * Reads the code that begins at {@code start} up to the closing {@code braces}.
   *
   * @throws TemplateException when the tag or a string in it has no end
   */
  static TemplateCode read(String source, int start, String braces, int line) {
    return new Reader(source, start, braces, line).read();
  }

  private static final class Reader {
    private final String source;
    private final String braces;
    private final int line;
    private final StringBuilder code = new StringBuilder();
    private int position;
    private int depth;
    private boolean afterString;

    Reader(String source, int start, String braces, int line) {
      this.source = source;
      this.position = start;
      this.braces = braces;
      this.line = line;
    }

    TemplateCode read() {
      while (position < source.length()) {
        char c = source.charAt(position);
        if (depth == 0 && source.startsWith(braces, position)) {
          return new TemplateCode(code.toString(), position + 2, (char) 0);
        }
        if (depth == 0 && (c == '-' || c == '+') && source.startsWith(braces, position + 1)) {
          return new TemplateCode(code.toString(), position + 3, c);
        }
        if (c == '"' || c == '\'') {
          string(c);
        } else {
          symbol(c);
        }
      }
      throw TemplateException.syntax("a tag has no '%s'", braces).at(line);
    }

    private void symbol(char c) {
      position++;
      if (PythonText.isSpace(c)) {
        code.append(' ');
        return;
      }
      afterString = false;
      code.append(c);
      switch (c) {
        case '(', '[' -> open();
        case '{' -> {
          open();
          code.append(' ');
        }
        case ')', ']' -> depth--;
        case '}' -> {
          depth--;
          code.append(' ');
        }
        // Jinjava takes "+1" for one token, also in "a +1".
        case '+' -> code.append(' ');
        default -> {}
      }
    }

    private void open() {
      // Jinjava looks ahead over all that a bracket encloses, from every bracket.
      if (++depth > TemplateLimits.DEPTH) {
        throw TemplateException.limit("brackets are nested more than %d deep", TemplateLimits.DEPTH)
            .at(line);
      }
    }

    /** A string literal; those that stand side by side are one, as in Python. */
    private void string(char quote) {
      int end = position + 1;
      while (end < source.length() && source.charAt(end) != quote) {
        end += source.charAt(end) == '\\' ? 2 : 1;
      }
      if (end >= source.length()) {
        throw TemplateException.syntax("a string has no end").at(line);
      }
      String value = PythonText.unescape(source.substring(position + 1, end), line);
      position = end + 1;
      String literal = TemplateWriter.literal(value);
      if (afterString) {
        code.setLength(code.toString().stripTrailing().length() - 1);
        code.append(literal, 1, literal.length());
      } else {
        code.append(literal);
      }
      afterString = true;
    }
  }
}
