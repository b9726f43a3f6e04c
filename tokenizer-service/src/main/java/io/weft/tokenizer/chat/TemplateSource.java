package io.weft.tokenizer.chat;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Rewrites a template so that Jinjava reads what Jinja2 reads. Whitespace control ({@code -},
 * {@code +}, {@code trim_blocks}, {@code lstrip_blocks}) is applied to the text here, comments and
 * raw blocks are resolved, and string literals are decoded as Python decodes them, so that nothing
 * of this is left to Jinjava, which does each a little differently.
 *
 * <p>The rules are those of Jinja2's lexer with {@code trim_blocks=True, lstrip_blocks=True,
 * keep_trailing_newline=False}.
 */
final class TemplateSource {
  private static final Pattern RAW_BEGIN = Pattern.compile("[-+]?\\s*raw\\s*(-%\\}\\s*|%\\})");
  private static final Pattern RAW_END =
      Pattern.compile("\\{%([-+]?)\\s*endraw\\s*(\\+%\\}|-%\\}\\s*|%\\}\\n?)");
  private static final Pattern STATEMENT =
      Pattern.compile("\\s*([A-Za-z_]+)\\s*(.*)", Pattern.DOTALL);

  private final String source;
  private final TemplateWriter out = new TemplateWriter();
  private int position;
  private boolean lineStarting = true;
  private int counted;
  private int line = 1;

  private TemplateSource(String source) {
    this.source = source;
  }

  /**
   * The template as Jinjava is to read it.
   *
   * @throws TemplateException when a tag, a comment or a string has no end
   */
  static TemplateWriter.Rewritten rewrite(String source) {
    String normal = source.replace("\r\n", "\n").replace('\r', '\n');
    if (normal.endsWith("\n")) {
      normal = normal.substring(0, normal.length() - 1);
    }
    return new TemplateSource(normal).run();
  }

  private TemplateWriter.Rewritten run() {
    while (true) {
      int open = nextTag(position);
      if (open < 0) {
        out.text(source.substring(position), lineAt(position));
        return out.finish();
      }
      char kind = source.charAt(open + 1);
      text(source.substring(position, open), signAt(open + 2), kind != '{');
      position = open + 2;
      switch (kind) {
        case '#' -> comment(open);
        case '{' -> expression(open);
        default -> statement(open);
      }
    }
  }

  private int nextTag(int from) {
    for (int i = source.indexOf('{', from); i >= 0; i = source.indexOf('{', i + 1)) {
      if (i + 1 < source.length() && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  private char signAt(int index) {
    char c = index < source.length() ? source.charAt(index) : 0;
    return c == '-' || c == '+' ? c : 0;
  }

  /** Text before a tag, whose sign and kind say how much of its end goes. */
  private void text(String text, char sign, boolean block) {
    String kept = text;
    if (sign == '-') {
      kept = PythonText.strip(text, null, false, true);
    } else if (sign != '+' && block) {
      int lineStart = text.lastIndexOf('\n') + 1;
      if ((lineStart > 0 || lineStarting) && PythonText.isBlank(text.substring(lineStart))) {
        kept = text.substring(0, lineStart);
      }
    }
    out.text(kept, lineAt(position));
  }

  private void comment(int open) {
    int close = source.indexOf("#}", position);
    if (close < 0) {
      throw TemplateException.syntax("a comment has no end").at(lineAt(open));
    }
    char sign = close > position ? signAt(close - 1) : 0;
    endTag(close + 2, sign, true);
  }

  private void expression(int open) {
    if (signAt(position) != 0) {
      position++;
    }
    TemplateCode code = TemplateCode.read(source, position, "}}", lineAt(open));
    out.expression(code.text(), lineAt(open));
    endTag(code.end(), code.sign(), false);
  }

  private void statement(int open) {
    Matcher raw = RAW_BEGIN.matcher(source).region(position, source.length());
    if (raw.lookingAt()) {
      raw(open, raw.end());
      return;
    }
    if (signAt(position) != 0) {
      position++;
    }
    TemplateCode code = TemplateCode.read(source, position, "%}", lineAt(open));
    Matcher statement = STATEMENT.matcher(code.text());
    if (!statement.matches()) {
      throw TemplateException.syntax("a tag has no name").at(lineAt(open));
    }
    String name = statement.group(1);
    if (!TemplateEngine.TAGS.contains(name)) {
      throw TemplateException.syntax("tag '%s' is not supported", name).at(lineAt(open));
    }
    out.statement(name, statement.group(2).strip(), lineAt(open));
    endTag(code.end(), code.sign(), true);
  }

  private void raw(int open, int begin) {
    Matcher end = RAW_END.matcher(source);
    if (!end.find(begin)) {
      throw TemplateException.syntax("tag 'raw' has no end").at(lineAt(open));
    }
    String sign = end.group(1);
    lineStarting = source.charAt(begin - 1) == '\n';
    position = begin;
    text(source.substring(begin, end.start()), sign.isEmpty() ? 0 : sign.charAt(0), true);
    position = end.end();
    lineStarting = source.charAt(position - 1) == '\n';
  }

  /** Goes past a tag's end and past the whitespace after it that the tag takes along. */
  private void endTag(int after, char sign, boolean block) {
    position = after;
    if (sign == '-') {
      while (position < source.length() && PythonText.isSpace(source.charAt(position))) {
        position++;
      }
    } else if (block && sign != '+' && source.startsWith("\n", position)) {
      position++;
    }
    lineStarting = source.charAt(position - 1) == '\n';
  }

  /** The line of a place, which is never before the place last asked for. */
  private int lineAt(int index) {
    for (; counted < index; counted++) {
      if (source.charAt(counted) == '\n') {
        line++;
      }
    }
    return line;
  }
}
