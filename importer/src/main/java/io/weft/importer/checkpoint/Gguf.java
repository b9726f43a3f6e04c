package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The content of a GGUF file: typed metadata, then tensors. Everything is checked against the size
 * of the file before it is used.
 *
 * @param metadata values by key
 * @param tensors by name, in the order of the file
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">the format</a>
 */
record Gguf(GgufMetadata metadata, Map<String, Tensor> tensors) {
  static final int MAX_ENTRIES = 65_536;
  private static final int MAX_TENSORS = 32_768;
  private static final int MAX_DIMENSIONS = 4;
  private static final int MAX_NAME = 256;

  /** Types that people meet and that are not read, to call them by their names. */
  private static final Map<Integer, String> UNREAD_TYPES =
      Map.ofEntries(
          Map.entry(9, "Q8_1"),
          Map.entry(10, "Q2_K"),
          Map.entry(11, "Q3_K"),
          Map.entry(15, "Q8_K"),
          Map.entry(16, "IQ2_XXS"),
          Map.entry(17, "IQ2_XS"),
          Map.entry(18, "IQ3_XXS"),
          Map.entry(19, "IQ1_S"),
          Map.entry(20, "IQ4_NL"),
          Map.entry(21, "IQ3_S"),
          Map.entry(22, "IQ2_S"),
          Map.entry(23, "IQ4_XS"),
          Map.entry(29, "IQ1_M"),
          Map.entry(34, "TQ1_0"),
          Map.entry(35, "TQ2_0"),
          Map.entry(39, "MXFP4"));

  private static final int MAGIC = 0x46554747;

  /** Parses {@code file}; the tensors read from it until it is closed. */
  static Gguf parse(MappedFile file) {
    GgufReader in = new GgufReader(file.bytes());
    if (file.size() < 24 || in.u32("magic") != MAGIC) {
      throw new ImportException(file.path() + " is not a GGUF file");
    }
    long version = in.u32("version");
    if (version != 2 && version != 3) {
      throw new ImportException(
          "GGUF version %d is not supported; supported: 2, 3 (little-endian)".formatted(version));
    }
    int tensorCount = count("tensors", in.u64("tensor count"), MAX_TENSORS);
    int entryCount = count("metadata entries", in.u64("metadata count"), MAX_ENTRIES);
    GgufMetadata metadata = GgufMetadata.read(in, entryCount);
    List<TensorInfo> infos = new ArrayList<>();
    for (int i = 0; i < tensorCount; i++) {
      infos.add(readInfo(in));
    }
    long alignment = metadata.integer("general.alignment", 8, 65_536, 32);
    if (Long.bitCount(alignment) != 1) {
      throw new ImportException("general.alignment is %d, no power of 2".formatted(alignment));
    }
    long start = (in.position() + alignment - 1) / alignment * alignment;
    return new Gguf(metadata, tensors(infos, file.bytes(), start, alignment));
  }

  private static TensorInfo readInfo(GgufReader in) {
    String name = in.string("tensor name", MAX_NAME);
    long dimensions = in.u32("dimensions of " + name);
    if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
      throw new ImportException(
          "tensor %s has %,d dimensions, the limit is %d"
              .formatted(name, dimensions, MAX_DIMENSIONS));
    }
    List<Long> shape = new ArrayList<>();
    for (int i = 0; i < dimensions; i++) {
      shape.addFirst(in.u64("shape of " + name));
    }
    long typeId = in.u32("type of " + name);
    TensorType type = typeId > 1_000 ? null : TensorType.ofGguf((int) typeId);
    if (type == null) {
      throw new ImportException(
          "tensor %s has GGUF type %s, which is not supported; supported: %s"
              .formatted(name, typeName(typeId), TensorType.decodable()));
    }
    return new TensorInfo(name, shape, type, in.u64("offset of " + name));
  }

  private static Map<String, Tensor> tensors(
      List<TensorInfo> infos, MemorySegment bytes, long start, long alignment) {
    long available = Math.max(0, bytes.byteSize() - start);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (TensorInfo info : infos) {
      long size = Tensor.byteSize(info.name, info.shape, info.type);
      if (info.offset < 0 || info.offset > available || size > available - info.offset) {
        throw new ImportException(
            "tensor %s: offset %,d and %,d bytes pass the %,d bytes of data in the file"
                .formatted(info.name, info.offset, size, available));
      }
      if (info.offset % alignment != 0) {
        throw new ImportException(
            "tensor %s: offset %,d is no multiple of the alignment %d"
                .formatted(info.name, info.offset, alignment));
      }
      MemorySegment data = bytes.asSlice(start + info.offset, size);
      Tensor tensor = Tensor.of(info.name, info.shape, info.type, data);
      if (tensors.putIfAbsent(info.name, tensor) != null) {
        throw new ImportException("tensor %s stands in the file twice".formatted(info.name));
      }
    }
    checkOverlaps(infos);
    return tensors;
  }

  private static void checkOverlaps(List<TensorInfo> infos) {
    infos.sort(Comparator.comparingLong(TensorInfo::offset));
    for (int i = 1; i < infos.size(); i++) {
      TensorInfo before = infos.get(i - 1);
      long end = before.offset + Tensor.byteSize(before.name, before.shape, before.type);
      if (infos.get(i).offset < end) {
        throw new ImportException(
            "tensors %s and %s overlap".formatted(before.name, infos.get(i).name));
      }
    }
  }

  private static int count(String what, long value, int limit) {
    if (value < 0 || value > limit) {
      throw new ImportException(
          "the file says it has %s %s, the limit is %,d"
              .formatted(Long.toUnsignedString(value), what, limit));
    }
    return (int) value;
  }

  /** The number of a type that is not read and, where it has one, its name. */
  private static String typeName(long id) {
    String name = id > 1_000 ? null : UNREAD_TYPES.get((int) id);
    return name == null ? Long.toString(id) : "%d (%s)".formatted(id, name);
  }

  private record TensorInfo(String name, List<Long> shape, TensorType type, long offset) {}
}
