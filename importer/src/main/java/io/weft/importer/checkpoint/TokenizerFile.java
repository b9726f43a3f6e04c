package io.weft.importer.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.util.TokenBuffer;
import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Looks single facts up in a {@code tokenizer.json} of any size, streaming; without the file there
 * are none.
 */
final class TokenizerFile {
  /** Values, names and brackets of a post-processor; T5's with 100 tokens has 1,500. */
  private static final int MAX_TREE = 200_000;

  private static final int MAX_DEPTH = 100;
  private static final int MAX_TEXT = 4_096;

  private static final JsonMapper JSON = new JsonMapper();

  private TokenizerFile() {}

  /** The id of the added token that reads {@code content}; null without one. */
  static @Nullable Integer addedToken(Path file, String content) {
    return search(file, "added_tokens", in -> addedToken(in, content));
  }

  /** Whether the normalizer, or one of its steps, makes text lower case. */
  static boolean lowercases(Path file) {
    return Boolean.TRUE.equals(search(file, "normalizer", TokenizerFile::lowercases));
  }

  /**
   * The post-processor; null without one.
   *
   * @throws ImportException when it is too large to be one
   */
  static @Nullable JsonNode postProcessor(Path file) {
    return search(file, "post_processor", in -> tree(file, in));
  }

  private static @Nullable JsonNode tree(Path file, JsonParser in) throws IOException {
    if (in.currentToken() == JsonToken.VALUE_NULL) {
      return null;
    }
    int depth = 0;
    int tokens = 0;
    try (TokenBuffer tree = new TokenBuffer(in)) {
      do {
        tree.copyCurrentEvent(in);
        tokens++;
        depth += in.currentToken().isStructStart() ? 1 : 0;
        depth -= in.currentToken().isStructEnd() ? 1 : 0;
        if (tokens > MAX_TREE || depth > MAX_DEPTH || in.getTextLength() > MAX_TEXT) {
          throw new ImportException(
              "%s: post_processor has more than %,d values, %d levels or %,d characters in one of them"
                  .formatted(file, MAX_TREE, MAX_DEPTH, MAX_TEXT));
        }
      } while (depth > 0 && in.nextToken() != null);
      return JSON.readTree(tree.asParser());
    }
  }

  private static @Nullable Integer addedToken(JsonParser in, String content) throws IOException {
    while (in.nextToken() == JsonToken.START_OBJECT) {
      Integer id = null;
      boolean found = false;
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        String field = in.currentName();
        JsonToken value = in.nextToken();
        if (field.equals("id") && value == JsonToken.VALUE_NUMBER_INT) {
          id = in.getIntValue();
        } else if (field.equals("content") && value == JsonToken.VALUE_STRING) {
          found = in.getText().equals(content);
        }
        in.skipChildren();
      }
      if (found) {
        return id;
      }
    }
    return null;
  }

  private static @Nullable Boolean lowercases(JsonParser in) throws IOException {
    int depth = in.currentToken().isStructStart() ? 1 : 0;
    while (depth > 0) {
      JsonToken token = in.nextToken();
      if (token.isStructStart()) {
        depth++;
      } else if (token.isStructEnd()) {
        depth--;
      } else if (token == JsonToken.VALUE_TRUE && "lowercase".equals(in.currentName())) {
        return true;
      } else if (token == JsonToken.VALUE_STRING
          && "type".equals(in.currentName())
          && in.getText().equals("Lowercase")) {
        return true;
      }
    }
    return null;
  }

  /** What {@code reader} finds in a field of the top level; null without the field. */
  private static <T> @Nullable T search(Path file, String field, Reader<T> reader) {
    if (!Files.isRegularFile(file)) {
      return null;
    }
    try (JsonParser in = new JsonFactory().createParser(file.toFile())) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        throw new ImportException(file + " is no JSON object");
      }
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        boolean wanted = in.currentName().equals(field);
        in.nextToken();
        if (wanted) {
          return reader.read(in);
        }
        in.skipChildren();
      }
      return null;
    } catch (IOException e) {
      throw new ImportException("cannot read " + file + ": " + JsonFiles.reason(e), e);
    }
  }

  /** Reads a value; the parser stands on its first token. */
  @FunctionalInterface
  private interface Reader<T> {
    @Nullable T read(JsonParser in) throws IOException;
  }
}
