package io.weft.gateway.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;
import io.weft.runtime.error.WeftException;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads a request body as it arrives, value by value, into whatever the caller builds; no tree of
 * the document is held. The reader stands on one value, and each method takes that value or fails
 * naming its path ({@code messages[0].content}) and the type that it should have. Text of the
 * request is never part of a failure. Used by one thread.
 *
 * <p>A field whose value is {@code null} counts as absent.
 */
public final class JsonReader {
  /**
   * The stream is not closed here: that would read a refused body to its end. A key that comes
   * twice is an error, since others on the way may have read the other value.
   */
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(StreamReadFeature.AUTO_CLOSE_SOURCE)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          // Names are the client's: a table of all that were ever seen would be its to fill.
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  private final JsonParser parser;
  private final BodyWeight weight;
  private final StringBuilder path = new StringBuilder();

  private JsonReader(JsonParser parser, BodyWeight weight) {
    this.parser = parser;
    this.weight = weight;
  }

  /** Told the name of each field of an object while the reader stands on the field's value. */
  @FunctionalInterface
  public interface Fields {
    /** Takes the value, or skips it. */
    void field(String name, JsonReader value);
  }

  /**
   * Reads a body that must be exactly one JSON object.
   *
   * @param body is told what it takes in memory where it is {@link Weighed}
   * @throws WeftException.InvalidRequest when it is not, or when {@code fields} refuses a value
   */
  public static void readBody(InputStream body, Fields fields) {
    try (JsonParser parser = JSON.createParser(BodyText.of(body))) {
      JsonReader reader = new JsonReader(parser, BodyWeight.of(body));
      if (parser.nextToken() == null) {
        throw Invalid.json("the request has no body, it must be a JSON object");
      }
      reader.object(fields);
      if (parser.nextToken() != null) {
        throw Invalid.json("the body goes on after its JSON object");
      }
    } catch (UncheckedIOException e) {
      throw failure(e.getCause());
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /** Takes an object, field by field. */
  public void object(Fields fields) {
    expect(JsonToken.START_OBJECT, "an object");
    int length = path.length();
    while (next() != JsonToken.END_OBJECT) {
      String name = name();
      if (next() == JsonToken.VALUE_NULL) {
        continue;
      }
      path.append(length == 0 ? "" : ".").append(name);
      fields.field(name, this);
      path.setLength(length);
    }
  }

  /** Takes a list; {@code element} takes each element that it is told of by its index. */
  public void array(Consumer<JsonReader> element) {
    expect(JsonToken.START_ARRAY, "a list");
    int length = path.length();
    for (int i = 0; next() != JsonToken.END_ARRAY; i++) {
      path.append('[').append(i).append(']');
      element.accept(this);
      path.setLength(length);
    }
  }

  /**
   * Takes a list of at most {@code max} elements.
   *
   * @param element takes one element
   */
  public <T> List<T> list(int max, Supplier<T> element) {
    List<T> elements = new ArrayList<>();
    String name = path.toString();
    array(
        value -> {
          if (elements.size() == max) {
            throw Invalid.range(name, "%s has more than %,d entries".formatted(name, max));
          }
          elements.add(element.get());
        });
    return elements;
  }

  /** Takes a string. */
  public String string() {
    expect(JsonToken.VALUE_STRING, "a string");
    return whole(text());
  }

  /**
   * Takes a value of any type as JSON text: keys in their order, numbers as they are written.
   *
   * @param maxBytes most bytes of UTF-8
   */
  public String json(int maxBytes) {
    StringWriter text = new StringWriter();
    try (JsonGenerator copy = JSON.createGenerator(text)) {
      int depth = 0;
      do {
        JsonToken token = parser.currentToken();
        if (token == null) {
          throw Invalid.json("the body ends inside of a value");
        }
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        copy(token, copy);
        if (depth > 0) {
          next();
        }
      } while (depth > 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    int bytes = text.toString().getBytes(StandardCharsets.UTF_8).length;
    if (bytes > maxBytes) {
      throw Invalid.range(path(), "%s has %,d bytes > %,d".formatted(path(), bytes, maxBytes));
    }
    return text.toString();
  }

  /**
   * Takes a value of any type as a tree.
   *
   * @param maxBytes most bytes of UTF-8
   * @param maxDepth most objects and lists within one another
   */
  public JsonNode tree(int maxBytes, int maxDepth) {
    return counted(Trees.read(json(maxBytes), path(), maxDepth));
  }

  /** A tree that was made of the value at hand, counted like those of {@link #tree}. */
  public JsonNode counted(JsonNode tree) {
    weight.addTree(tree, path());
    return tree;
  }

  private void copy(JsonToken token, JsonGenerator to) throws IOException {
    switch (token) {
      case START_OBJECT -> to.writeStartObject();
      case END_OBJECT -> to.writeEndObject();
      case START_ARRAY -> to.writeStartArray();
      case END_ARRAY -> to.writeEndArray();
      case FIELD_NAME -> to.writeFieldName(whole(parser.currentName()));
      case VALUE_STRING -> to.writeString(whole(parser.getText()));
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> to.writeNumber(parser.getText());
      case VALUE_TRUE -> to.writeBoolean(true);
      case VALUE_FALSE -> to.writeBoolean(false);
      case VALUE_NULL -> to.writeNull();
      case VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE ->
          throw new IllegalStateException("no token of JSON text");
    }
  }

  /** The text, which holds no half of a character. */
  private String whole(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (!Character.isSurrogatePair(
            text.charAt(i), i + 1 < text.length() ? text.charAt(i + 1) : 0)) {
          throw Invalid.value(path(), path() + " holds half of a UTF-16 surrogate pair");
        }
        i++;
      }
    }
    return text;
  }

  /** Takes {@code true} or {@code false}. */
  public boolean bool() {
    if (parser.currentToken() == JsonToken.VALUE_TRUE) {
      return true;
    }
    expect(JsonToken.VALUE_FALSE, "true or false");
    return false;
  }

  /** Takes a whole number within [min, max]; {@code 5.0} counts as 5. */
  public long integer(long min, long max) {
    double value = number();
    long exact = isLong() ? longValue() : (long) value;
    if (value != Math.rint(value)) {
      throw Invalid.type(path(), "a whole number", "a fraction");
    }
    boolean fits = isLong() || (value >= -0x1p63 && value < 0x1p63);
    if (!fits || exact < min || exact > max) {
      throw Invalid.range(
          path(),
          "%s is %s, it must be %s"
              .formatted(
                  path(),
                  isLong() ? "%,d".formatted(exact) : Bounds.show(value),
                  max >= Integer.MAX_VALUE && value < min
                      ? "at least %,d".formatted(min)
                      : "between %,d and %,d".formatted(min, max)));
    }
    return exact;
  }

  /** Takes a whole number within [min, max]. */
  public int integer(int min, int max) {
    return (int) integer((long) min, (long) max);
  }

  /** Takes a number within bounds. */
  public float number(Bounds bounds) {
    double value = number();
    if (!bounds.contain(value)) {
      throw Invalid.range(
          path(), "%s is %s, it must be %s".formatted(path(), Bounds.show(value), bounds));
    }
    return (float) value;
  }

  /** Leaves the value out. */
  public void skip() {
    int depth = 0;
    JsonToken token = parser.currentToken();
    while (token != null) {
      depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
      if (depth == 0) {
        return;
      }
      token = next();
    }
  }

  /** Whether the value is a list. */
  public boolean isArray() {
    return parser.currentToken() == JsonToken.START_ARRAY;
  }

  /** Whether the value is a string. */
  public boolean isString() {
    return parser.currentToken() == JsonToken.VALUE_STRING;
  }

  /** Whether the value is {@code true} or {@code false}. */
  public boolean isBool() {
    JsonToken token = parser.currentToken();
    return token != null && token.isBoolean();
  }

  /** Whether the value is a number. */
  public boolean isNumber() {
    JsonToken token = parser.currentToken();
    return token != null && token.isNumeric();
  }

  /** Where the value stands in the body, such as {@code messages[0].content}. */
  public String path() {
    return path.toString();
  }

  /** The failure of a value that has none of the types that {@code expected} names. */
  public WeftException.InvalidRequest wrongType(String expected) {
    return Invalid.type(path.isEmpty() ? null : path(), expected, describe(parser.currentToken()));
  }

  private double number() {
    if (!isNumber()) {
      throw wrongType("a number");
    }
    try {
      return parser.getDoubleValue();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean isLong() {
    try {
      return parser.currentToken() == JsonToken.VALUE_NUMBER_INT
          && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private long longValue() {
    try {
      return parser.getLongValue();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String text() {
    try {
      return parser.getText();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String name() {
    try {
      return parser.currentName();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private @Nullable JsonToken next() {
    try {
      JsonToken token = parser.nextToken();
      if (token == JsonToken.FIELD_NAME) {
        weight.addName();
      }
      return token;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void expect(JsonToken token, String expected) {
    if (parser.currentToken() != token) {
      throw wrongType(expected);
    }
  }

  private static String describe(@Nullable JsonToken token) {
    return switch (token) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "a list";
      case VALUE_STRING -> "a string";
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
      case VALUE_TRUE, VALUE_FALSE -> "true or false";
      case VALUE_NULL -> "null";
      case null -> "nothing";
      case END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE -> "no value";
    };
  }

  /** Says where, not what: the parser's own message quotes the body. */
  private static WeftException failure(@Nullable IOException e) {
    return switch (e) {
      case StreamConstraintsException _ ->
          Invalid.json("the body is nested too deep or holds a number that is too long");
      case JsonProcessingException json when json.getLocation() != null ->
          Invalid.json(
              "the body is not valid JSON: error at line %d, column %d"
                  .formatted(json.getLocation().getLineNr(), json.getLocation().getColumnNr()));
      case JsonProcessingException _ -> Invalid.json("the body is not valid JSON");
      case CharacterCodingException _ -> Invalid.json("the body is not valid UTF-8");
      case null, default -> new WeftException.Cancelled("the body ended early");
    };
  }
}
