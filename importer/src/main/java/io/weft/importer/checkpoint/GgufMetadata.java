package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The key-value part of a GGUF file. Arrays are decoded only when they are asked for. */
final class GgufMetadata {
  private static final int MAX_KEY = 65_535;
  private static final int MAX_STRING = 1 << 21;

  /** Bytes that all values but arrays may take together; they are held in memory. */
  private static final long MAX_VALUES = 1 << 23;

  /** Bytes of an array of strings that is decoded. */
  private static final long MAX_STRINGS = 1 << 25;

  private static final int MAX_ARRAY = 1 << 22;
  private static final int U8 = 0;
  private static final int I8 = 1;
  private static final int U16 = 2;
  private static final int I16 = 3;
  private static final int U32 = 4;
  private static final int I32 = 5;
  private static final int F32 = 6;
  private static final int BOOL = 7;
  private static final int STRING = 8;
  private static final int ARRAY = 9;
  private static final int U64 = 10;
  private static final int I64 = 11;
  private static final int F64 = 12;

  private final Map<String, Object> values = new HashMap<>();

  private GgufMetadata() {}

  static GgufMetadata read(GgufReader in, int count) {
    GgufMetadata metadata = new GgufMetadata();
    long held = 0;
    for (int i = 0; i < count; i++) {
      String key = in.string("metadata key", MAX_KEY);
      int type = (int) Math.min(in.u32("type of " + key), 99);
      long start = in.position();
      Object value = value(in, type, key);
      held += key.length() + (type == ARRAY ? 0 : in.position() - start);
      if (held > MAX_VALUES) {
        throw new ImportException(
            "the metadata holds more than the limit of %,d bytes".formatted(MAX_VALUES));
      }
      if (metadata.values.putIfAbsent(key, value) != null) {
        throw new ImportException("metadata key %s stands in the file twice".formatted(key));
      }
    }
    return metadata;
  }

  boolean has(String key) {
    return values.containsKey(key);
  }

  @Nullable String string(String key) {
    return typed(key, String.class, "a string");
  }

  String requiredString(String key) {
    return required(key, string(key));
  }

  boolean bool(String key, boolean otherwise) {
    Boolean value = typed(key, Boolean.class, "a boolean");
    return value == null ? otherwise : value;
  }

  /** An integer that must be there, within [min, max]. */
  int integer(String key, int min, int max) {
    return checkRange(key, required(key, typed(key, Long.class, "an integer")), min, max);
  }

  /** An integer within [min, max], or {@code otherwise} without the key. */
  int integer(String key, int min, int max, int otherwise) {
    Long value = typed(key, Long.class, "an integer");
    return value == null ? otherwise : checkRange(key, value, min, max);
  }

  /** A finite number above 0, or {@code otherwise} without the key. */
  double positive(String key, double otherwise) {
    Double value = typed(key, Double.class, "a floating point number");
    if (value == null) {
      return otherwise;
    }
    float asFloat = value.floatValue();
    if (!Float.isFinite(asFloat) || asFloat <= 0) {
      throw new ImportException("%s is %s, it must be a number above 0".formatted(key, value));
    }
    return value;
  }

  /** An array of strings that must be there. */
  List<String> strings(String key, int limit) {
    MetadataArray array = array(key, limit);
    if (array.type != STRING) {
      throw new ImportException(key + " is not an array of strings");
    }
    if (array.elements.size() > MAX_STRINGS) {
      throw new ImportException(
          "%s has %,d bytes, the limit is %,d".formatted(key, array.elements.size(), MAX_STRINGS));
    }
    GgufReader in = array.elements.copy();
    List<String> strings = new ArrayList<>(array.count);
    for (int i = 0; i < array.count; i++) {
      strings.add(in.string(key, MAX_KEY));
    }
    return strings;
  }

  /** An array of integers that must be there. */
  int[] integers(String key, int limit) {
    MetadataArray array = array(key, limit);
    GgufReader in = array.elements.copy();
    int[] integers = new int[array.count];
    for (int i = 0; i < array.count; i++) {
      if (!(value(in, array.type, key) instanceof Long value)) {
        throw new ImportException(key + " is not an array of integers");
      }
      integers[i] = checkRange(key + "[" + i + "]", value, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }
    return integers;
  }

  /** An array of floating point numbers that must be there. */
  float[] floats(String key, int limit) {
    MetadataArray array = array(key, limit);
    GgufReader in = array.elements.copy();
    float[] floats = new float[array.count];
    for (int i = 0; i < array.count; i++) {
      if (!(value(in, array.type, key) instanceof Double value)) {
        throw new ImportException(key + " is not an array of floating point numbers");
      }
      floats[i] = value.floatValue();
    }
    return floats;
  }

  /** An array of bytes; empty without the key. */
  byte[] bytes(String key, int limit) {
    if (!has(key)) {
      return new byte[0];
    }
    int[] integers = integers(key, limit);
    byte[] bytes = new byte[integers.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) checkRange(key + "[" + i + "]", integers[i], -128, 255);
    }
    return bytes;
  }

  private MetadataArray array(String key, int limit) {
    MetadataArray array = required(key, typed(key, MetadataArray.class, "an array"));
    if (array.count > limit) {
      throw new ImportException(
          "%s has %,d elements, the limit is %,d".formatted(key, array.count, limit));
    }
    return array;
  }

  private <T> @Nullable T typed(String key, Class<T> type, String what) {
    Object value = values.get(key);
    if (value != null && !type.isInstance(value)) {
      throw new ImportException("%s is not %s".formatted(key, what));
    }
    return type.cast(value);
  }

  private static <T> T required(String key, @Nullable T value) {
    if (value == null) {
      throw new ImportException("the file has no metadata key " + key);
    }
    return value;
  }

  private static int checkRange(String key, long value, int min, int max) {
    if (value < min || value > max) {
      throw new ImportException(
          "%s is %,d, it must lie in [%,d, %,d]".formatted(key, value, min, max));
    }
    return (int) value;
  }

  private static Object value(GgufReader in, int type, String key) {
    return switch (type) {
      case U8 -> (long) in.u8(key);
      case I8 -> (long) (byte) in.u8(key);
      case U16 -> (long) in.u16(key);
      case I16 -> (long) (short) in.u16(key);
      case U32 -> in.u32(key);
      case I32 -> (long) (int) in.u32(key);
      case U64, I64 -> in.u64(key);
      case F32 -> (double) Float.intBitsToFloat((int) in.u32(key));
      case F64 -> Double.longBitsToDouble(in.u64(key));
      case BOOL -> in.u8(key) != 0;
      case STRING -> in.string(key, MAX_STRING);
      case ARRAY -> skipArray(in, key);
      default -> throw new ImportException("metadata %s has unknown type %d".formatted(key, type));
    };
  }

  private static MetadataArray skipArray(GgufReader in, String key) {
    int type = (int) Math.min(in.u32("type of " + key), 99);
    long count = in.u64("length of " + key);
    if (count < 0 || count > MAX_ARRAY) {
      throw new ImportException(
          "%s has %s elements, the limit is %,d"
              .formatted(key, Long.toUnsignedString(count), MAX_ARRAY));
    }
    long start = in.position();
    if (type == STRING) {
      for (long i = 0; i < count; i++) {
        in.skip(in.u64(key), key);
      }
    } else {
      in.skip(count * elementBytes(type, key), key);
    }
    return new MetadataArray(type, (int) count, in.since(start));
  }

  private static int elementBytes(int type, String key) {
    return switch (type) {
      case U8, I8, BOOL -> 1;
      case U16, I16 -> 2;
      case U32, I32, F32 -> 4;
      case U64, I64, F64 -> 8;
      default ->
          throw new ImportException("metadata %s is an array of type %d".formatted(key, type));
    };
  }

  private record MetadataArray(int type, int count, GgufReader elements) {}
}
