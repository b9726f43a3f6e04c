package io.weft.importer.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The JSON files of a Hugging Face folder. */
final class JsonFiles {
  /** Far above any configuration file; a tokenizer is streamed and has no such limit. */
  private static final long MAX_BYTES = 8L << 20;

  /** Fields at the top of a file that is copied; a tokenizer has about ten. */
  private static final int MAX_FIELDS = 100;

  /** A tree takes up to a hundred bytes for each token. */
  private static final StreamReadConstraints CONSTRAINTS =
      StreamReadConstraints.builder()
          .maxNestingDepth(100)
          .maxStringLength(1 << 22)
          .maxTokenCount(400_000)
          .build();

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                  .streamReadConstraints(CONSTRAINTS)
                  .build())
          .build();

  private JsonFiles() {}

  /** The object in {@code file}. */
  static ObjectNode read(Path file) {
    if (readTree(file) instanceof ObjectNode object) {
      return object;
    }
    throw new ImportException(file + " is no JSON object");
  }

  /** The array in {@code file}. */
  static ArrayNode readArray(Path file) {
    if (readTree(file) instanceof ArrayNode array) {
      return array;
    }
    throw new ImportException(file + " is no JSON array");
  }

  private static JsonNode readTree(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new ImportException(
            "%s has %,d bytes, the limit is %,d".formatted(file, Files.size(file), MAX_BYTES));
      }
      return JSON.readTree(file.toFile());
    } catch (IOException e) {
      throw new ImportException("cannot read " + file + ": " + reason(e), e);
    }
  }

  /** The content of {@code file}, or a missing node without the file. */
  static JsonNode readIfThere(Path file) {
    return Files.isRegularFile(file) ? read(file) : MissingNode.getInstance();
  }

  /**
   * Copies an object, streaming.
   *
   * @param replaced fields of the top level that get another value; null stands for JSON's null
   * @param required a field of the top level that must be an object
   */
  static void copy(
      Path from, Path to, Map<String, ? extends @Nullable JsonNode> replaced, String required) {
    boolean found = false;
    Set<String> fields = new HashSet<>();
    try (JsonParser in = new JsonFactory().createParser(from.toFile());
        JsonGenerator out =
            new JsonFactory()
                .createGenerator(Files.newBufferedWriter(to, StandardCharsets.UTF_8))) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        throw new ImportException(from + " is no JSON object");
      }
      out.writeStartObject();
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        String field = in.currentName();
        if (!fields.add(field) || fields.size() > MAX_FIELDS) {
          throw new ImportException(
              "%s has the field '%s' twice, or more than %d fields"
                  .formatted(from, field, MAX_FIELDS));
        }
        out.writeFieldName(field);
        found |= in.nextToken() == JsonToken.START_OBJECT && field.equals(required);
        if (replaced.containsKey(field)) {
          in.skipChildren();
          JSON.writeValue(out, replaced.get(field));
        } else {
          out.copyCurrentStructure(in);
        }
      }
      for (Map.Entry<String, ? extends @Nullable JsonNode> entry : replaced.entrySet()) {
        if (fields.add(entry.getKey())) {
          out.writeFieldName(entry.getKey());
          JSON.writeValue(out, entry.getValue());
        }
      }
      out.writeEndObject();
    } catch (IOException e) {
      throw new ImportException("cannot copy " + from + ": " + reason(e), e);
    }
    if (!found) {
      throw new ImportException("%s has no object '%s'".formatted(from, required));
    }
  }

  /** What went wrong, without Jackson's excerpt of the content. */
  static String reason(IOException e) {
    return e instanceof JsonProcessingException json ? json.getOriginalMessage() : e.toString();
  }
}
