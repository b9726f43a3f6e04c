package io.weft.importer.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The JSON header of a safetensors file, read in one pass so that it cannot take much memory. */
final class SafetensorsHeader {
  private static final int MAX_TENSORS = 32_768;
  private static final int MAX_DIMENSIONS = 8;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(100).maxStringLength(1 << 20).build())
          .build();

  private final Path file;

  private SafetensorsHeader(Path file) {
    this.file = file;
  }

  /**
   * What the header says of each tensor, in its order; unchecked against the data.
   *
   * @param file named in errors
   */
  static Map<String, Entry> read(Path file, byte[] header) {
    return new SafetensorsHeader(file).read(header);
  }

  private Map<String, Entry> read(byte[] header) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    try (JsonParser json = JSON.createParser(header)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new ImportException(file + ": its header is no JSON object");
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        json.nextToken();
        if (name.equals("__metadata__")) {
          json.skipChildren();
          continue;
        }
        entries.put(name, entry(name, json));
        if (entries.size() > MAX_TENSORS) {
          throw new ImportException("%s has more than %,d tensors".formatted(file, MAX_TENSORS));
        }
      }
      if (json.nextToken() != null) {
        throw new ImportException(file + ": something follows the object in its header");
      }
    } catch (IOException e) {
      throw new ImportException(file + ": its header is not valid: " + JsonFiles.reason(e), e);
    }
    return entries;
  }

  private static Entry entry(String name, JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw new ImportException("tensor %s has no entry in the header".formatted(name));
    }
    String dtype = null;
    List<Long> shape = null;
    List<Long> offsets = null;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String field = json.currentName();
      json.nextToken();
      switch (field) {
        case "dtype" -> dtype = text(name, json);
        case "shape" -> shape = numbers(name, field, MAX_DIMENSIONS, json);
        case "data_offsets" -> offsets = numbers(name, field, 2, json);
        default ->
            throw new ImportException(
                "tensor %s has a field '%s', which safetensors does not have"
                    .formatted(name, field));
      }
    }
    if (dtype == null || shape == null || offsets == null || offsets.size() != 2) {
      throw new ImportException(
          "tensor %s: dtype, shape and two data_offsets must be there".formatted(name));
    }
    return new Entry(dtype, shape, offsets.getFirst(), offsets.getLast());
  }

  private static @Nullable String text(String name, JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      throw new ImportException("tensor %s: dtype is no text".formatted(name));
    }
    return json.getText();
  }

  private static List<Long> numbers(String name, String field, int limit, JsonParser json)
      throws IOException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw new ImportException("tensor %s: %s is no array".formatted(name, field));
    }
    List<Long> numbers = new ArrayList<>(limit);
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (json.currentToken() != JsonToken.VALUE_NUMBER_INT) {
        throw new ImportException(
            "tensor %s: %s holds something other than integers".formatted(name, field));
      }
      if (numbers.size() == limit) {
        throw new ImportException(
            "tensor %s: %s has more than %d numbers".formatted(name, field, limit));
      }
      numbers.add(json.getLongValue());
    }
    return List.copyOf(numbers);
  }

  /**
   * One tensor.
   *
   * @param shape outermost dimension first
   * @param begin its first byte, counted from the end of the header
   * @param end the byte behind its last
   */
  record Entry(String dtype, List<Long> shape, long begin, long end) {}
}
