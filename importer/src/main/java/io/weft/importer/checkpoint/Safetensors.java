package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a safetensors file: 8 bytes of header length, a JSON header, then the data, which the
 * tensors cover without gaps.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">the format</a>
 */
final class Safetensors {
  /** Bytes; ten times the header of any model of the supported architectures. */
  static final long MAX_HEADER = 8L << 20;

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

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
    Map<String, SafetensorsHeader.Entry> entries = SafetensorsHeader.read(file.path(), header);
    MemorySegment data = bytes.asSlice(8 + length);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    entries.forEach((name, entry) -> tensors.put(name, tensor(name, entry, data)));
    checkCovered(file, entries, data.byteSize());
    return tensors;
  }

  private static Tensor tensor(String name, SafetensorsHeader.Entry entry, MemorySegment data) {
    TensorType type = TensorType.ofSafetensors(entry.dtype());
    if (type == null) {
      throw new ImportException(
          "tensor %s has dtype %s, which is not supported; supported: F32, F16, BF16"
              .formatted(name, entry.dtype()));
    }
    if (entry.begin() < 0 || entry.end() < entry.begin() || entry.end() > data.byteSize()) {
      throw new ImportException(
          "tensor %s: data offsets [%,d, %,d] do not lie in the %,d bytes of data"
              .formatted(name, entry.begin(), entry.end(), data.byteSize()));
    }
    return Tensor.of(
        name, entry.shape(), type, data.asSlice(entry.begin(), entry.end() - entry.begin()));
  }

  /** Refuses tensors that overlap, and bytes that belong to none. */
  private static void checkCovered(
      MappedFile file, Map<String, SafetensorsHeader.Entry> entries, long size) {
    List<Map.Entry<String, SafetensorsHeader.Entry>> sorted = new ArrayList<>(entries.entrySet());
    sorted.sort(Comparator.comparingLong(e -> e.getValue().begin()));
    long end = 0;
    String before = "";
    for (Map.Entry<String, SafetensorsHeader.Entry> entry : sorted) {
      if (entry.getValue().begin() < end) {
        throw new ImportException("tensors %s and %s overlap".formatted(before, entry.getKey()));
      }
      if (entry.getValue().begin() > end) {
        throw new ImportException(
            "%,d bytes before tensor %s belong to no tensor"
                .formatted(entry.getValue().begin() - end, entry.getKey()));
      }
      end = entry.getValue().end();
      before = entry.getKey();
    }
    if (end != size) {
      throw new ImportException(
          "%s: %,d bytes behind its tensors belong to none".formatted(file.path(), size - end));
    }
  }
}
