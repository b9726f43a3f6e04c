package io.weft.tokenizer.chat;

import com.hubspot.jinjava.objects.Namespace;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes values as Python's {@code repr} and {@code json.dumps} do. */
final class PythonWriter {
  /**
   * How {@code json.dumps} writes.
   *
   * @param indent what one level of nesting is indented by; null means one line
   * @param itemSeparator between elements
   * @param keySeparator between a key and its value
   * @param asciiOnly escape all that is not ASCII
   * @param sortKeys keys in order
   */
  record JsonStyle(
      @Nullable String indent,
      String itemSeparator,
      String keySeparator,
      boolean asciiOnly,
      boolean sortKeys) {}

  private final StringBuilder out = new StringBuilder();
  private final @Nullable JsonStyle json;

  private PythonWriter(@Nullable JsonStyle json) {
    this.json = json;
  }

  /** {@code repr(value)}. */
  static String repr(@Nullable Object value) {
    PythonWriter writer = new PythonWriter(null);
    writer.value(value, 0);
    return writer.out.toString();
  }

  /** {@code json.dumps(value)}. */
  static String json(@Nullable Object value, JsonStyle style) {
    PythonWriter writer = new PythonWriter(style);
    writer.value(value, 0);
    return writer.out.toString();
  }

  private void value(@Nullable Object value, int depth) {
    if (depth > TemplateLimits.DEPTH * 4) {
      throw TemplateException.limit(
          "values are nested more than %d deep", TemplateLimits.DEPTH * 4);
    }
    TemplateInterpreter interpreter = TemplateInterpreter.current();
    interpreter.step();
    interpreter.checkLength(out.length());
    switch (value) {
      case PythonNone _ -> out.append(json == null ? "None" : "null");
      case Boolean b when json == null -> out.append(b ? "True" : "False");
      case Boolean b -> out.append(b);
      case Double d when json != null && !Double.isFinite(d) ->
          out.append(Double.isNaN(d) ? "NaN" : d > 0 ? "Infinity" : "-Infinity");
      case Double d -> out.append(number(d));
      case Number n -> out.append(n);
      case CharSequence s when json == null -> reprString(s.toString());
      case CharSequence s -> jsonString(s.toString(), json);
      case Map<?, ?> m when !(m instanceof Namespace) -> entries(m, depth);
      case PythonTuple tuple when json == null -> {
        elements(tuple, depth, "(", ")");
        if (tuple.size() == 1) {
          out.insert(out.length() - 1, ',');
        }
      }
      case Collection<?> c -> elements(c, depth, "[", "]");
      // Jinja2 cannot write one as JSON; templates that try are known.
      case PythonGenerator generator when json != null ->
          elements(generator.rest(), depth, "[", "]");
      case null, default -> {
        if (value != null || json != null) {
          throw TemplateException.evaluation("%s cannot be written", Python.typeName(value));
        }
        out.append("Undefined");
      }
    }
  }

  private void elements(Collection<?> elements, int depth, String open, String close) {
    out.append(open);
    boolean first = true;
    for (Object element : elements) {
      separate(first, depth + 1);
      first = false;
      value(element, depth + 1);
    }
    close(first, depth, close);
  }

  private void entries(Map<?, ?> map, int depth) {
    List<Map.Entry<?, ?>> entries = new ArrayList<>(map.entrySet());
    if (json != null && json.sortKeys()) {
      entries.sort((a, b) -> Python.compare(a.getKey(), b.getKey()));
    }
    out.append('{');
    boolean first = true;
    for (Map.Entry<?, ?> entry : entries) {
      separate(first, depth + 1);
      first = false;
      key(entry.getKey(), depth + 1);
      out.append(json == null ? ": " : json.keySeparator());
      value(entry.getValue(), depth + 1);
    }
    close(first, depth, "}");
  }

  /** A key; JSON has texts only, to which Python turns numbers, truth values and None. */
  private void key(@Nullable Object key, int depth) {
    boolean isText = json == null || key instanceof CharSequence;
    if (!isText && (key instanceof Collection<?> || key instanceof Map<?, ?>)) {
      throw TemplateException.evaluation("%s cannot be a key in JSON", Python.typeName(key));
    }
    out.append(isText ? "" : "\"");
    value(key, depth);
    out.append(isText ? "" : "\"");
  }

  private void separate(boolean first, int depth) {
    if (!first) {
      out.append(json == null ? ", " : json.itemSeparator());
    }
    newLine(depth);
  }

  private void close(boolean empty, int depth, String bracket) {
    if (!empty) {
      newLine(depth);
    }
    out.append(bracket);
  }

  private void newLine(int depth) {
    if (json != null && json.indent() != null) {
      out.append('\n').repeat(json.indent(), depth);
    }
  }

  private void reprString(String text) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    out.append(quote);
    text.codePoints().forEach(c -> reprCharacter(c, quote));
    out.append(quote);
  }

  private void reprCharacter(int c, char quote) {
    switch (c) {
      case '\\' -> out.append("\\\\");
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      default -> {
        if (c == quote) {
          out.append('\\').append(quote);
        } else if (isPrintable(c)) {
          out.appendCodePoint(c);
        } else {
          out.append((c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x").formatted(c));
        }
      }
    }
  }

  private static boolean isPrintable(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.SPACE_SEPARATOR -> c == ' ';
      default -> true;
    };
  }

  private void jsonString(String text, JsonStyle style) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> {
          if (c < 0x20 || (style.asciiOnly() && c > 0x7e)) {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  /** {@code float.__repr__}: the shortest digits, plain from 1e-4 to below 1e16. */
  private static String number(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    BigDecimal decimal = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    int exponent = decimal.precision() - decimal.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      String plain = decimal.toPlainString();
      return plain.indexOf('.') < 0 ? plain + ".0" : plain;
    }
    String digits = decimal.unscaledValue().abs().toString();
    String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
    return "%s%se%s%02d"
        .formatted(value < 0 ? "-" : "", mantissa, exponent < 0 ? "-" : "+", Math.abs(exponent));
  }
}
