package io.weft.importer.checkpoint;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a safetensors file: 8 bytes of header length, a JSON header, then the data.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">the format</a>
 */
final class Safetensors {
  static final long MAX_HEADER = 32L << 20;
  private static final int MAX_TENSORS = 100_000;
  private static final int MAX_DIMENSIONS = 8;
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(com.fasterxml.jackson.core.StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  private Safetensors() {}

  /** The tensors by name, in the order of the header; they read from {@code file}. */
  static Map<String, Tensor> parse(MappedFile file) {
    MemorySegment bytes = file.bytes();
    if (file.size() < 10) {
      throw new ImportException(
          "%s has %d bytes, too few for a safetensors file".formatted(file.path(), file.size()));
    }
    long length = bytes.get(LONG, 0);
    if (length < 2 || length > Math.min(MAX_HEADER, file.size() - 8)) {
      throw new ImportException(
          "%s: its header has %s bytes, the file %,d, and the limit is %,d"
              .formatted(file.path(), Long.toUnsignedString(length), file.size(), MAX_HEADER));
    }
    byte[] header = bytes.asSlice(8, length).toArray(ValueLayout.JAVA_BYTE);
    Map<String, HeaderEntry> entries = readHeader(file, header);
    MemorySegment data = bytes.asSlice(8 + length);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    entries.forEach((name, entry) -> tensors.put(name, tensor(name, entry, data)));
    checkOverlaps(entries);
    return tensors;
  }

  private static Map<String, HeaderEntry> readHeader(MappedFile file, byte[] header) {
    Map<String, HeaderEntry> entries = new LinkedHashMap<>();
    try (JsonParser json = JSON.createParser(header)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new ImportException(file.path() + ": its header is no JSON object");
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        json.nextToken();
        if (name.equals("__metadata__")) {
          json.skipChildren();
          continue;
        }
        HeaderEntry entry = JSON.readValue(json, HeaderEntry.class);
        if (entry == null) {
          throw new ImportException("tensor %s has no entry in the header".formatted(name));
        }
        entries.put(name, entry);
        if (entries.size() > MAX_TENSORS) {
          throw new ImportException(
              "%s has more than %,d tensors".formatted(file.path(), MAX_TENSORS));
        }
      }
    } catch (IOException e) {
      throw new ImportException(
          file.path() + ": its header is not valid: " + JsonFiles.reason(e), e);
    }
    return entries;
  }

  private static Tensor tensor(String name, HeaderEntry entry, MemorySegment data) {
    TensorType type = TensorType.ofSafetensors(entry.dtype);
    if (type == null) {
      throw new ImportException(
          "tensor %s has dtype %s, which is not supported".formatted(name, entry.dtype));
    }
    if (entry.shape.size() > MAX_DIMENSIONS) {
      throw new ImportException(
          "tensor %s has %d dimensions, the limit is %d"
              .formatted(name, entry.shape.size(), MAX_DIMENSIONS));
    }
    if (entry.begin() < 0 || entry.end() < entry.begin() || entry.end() > data.byteSize()) {
      throw new ImportException(
          "tensor %s: data offsets [%,d, %,d] do not lie in the %,d bytes of data"
              .formatted(name, entry.begin(), entry.end(), data.byteSize()));
    }
    return Tensor.of(
        name, entry.shape, type, data.asSlice(entry.begin(), entry.end() - entry.begin()));
  }

  private static void checkOverlaps(Map<String, HeaderEntry> entries) {
    List<Map.Entry<String, HeaderEntry>> sorted = new ArrayList<>(entries.entrySet());
    sorted.sort(Comparator.comparingLong(e -> e.getValue().begin()));
    for (int i = 1; i < sorted.size(); i++) {
      if (sorted.get(i).getValue().begin() < sorted.get(i - 1).getValue().end()) {
        throw new ImportException(
            "tensors %s and %s overlap"
                .formatted(sorted.get(i - 1).getKey(), sorted.get(i).getKey()));
      }
    }
  }

  private record HeaderEntry(
      @JsonProperty(required = true) String dtype,
      @JsonProperty(required = true) List<Long> shape,
      @JsonProperty(value = "data_offsets", required = true) List<Long> offsets) {
    @JsonCreator
    HeaderEntry {
      if (dtype == null || shape == null || shape.contains(null) || offsets == null) {
        throw new IllegalArgumentException("dtype, shape and data_offsets must be there");
      }
      if (offsets.size() != 2 || offsets.contains(null)) {
        throw new IllegalArgumentException("data_offsets must be two numbers");
      }
      shape = List.copyOf(shape);
      offsets = List.copyOf(offsets);
    }

    long begin() {
      return offsets.get(0);
    }

    long end() {
      return offsets.get(1);
    }
  }
}
