package io.weft.importer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes GGUF files, also ones that no honest writer makes. */
public final class GgufBuilder {
  private final Map<String, byte[]> metadata = new LinkedHashMap<>();
  private final List<byte[]> infos = new ArrayList<>();
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();
  private long version = 3;
  private long tensorCount = -1;
  private long entryCount = -1;

  public GgufBuilder version(long value) {
    version = value;
    return this;
  }

  public GgufBuilder tensorCount(long value) {
    tensorCount = value;
    return this;
  }

  public GgufBuilder entryCount(long value) {
    entryCount = value;
    return this;
  }

  public GgufBuilder u32(String key, int value) {
    return entry(key, 4, bytes(4).putInt(value).array());
  }

  public GgufBuilder f32(String key, float value) {
    return entry(key, 6, bytes(4).putFloat(value).array());
  }

  public GgufBuilder bool(String key, boolean value) {
    return entry(key, 7, new byte[] {(byte) (value ? 1 : 0)});
  }

  public GgufBuilder string(String key, String value) {
    return entry(key, 8, text(value));
  }

  public GgufBuilder strings(String key, List<String> values) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    values.forEach(value -> out.writeBytes(text(value)));
    return array(key, 8, values.size(), out.toByteArray());
  }

  public GgufBuilder ints(String key, int... values) {
    ByteBuffer out = bytes(4 * values.length);
    for (int value : values) {
      out.putInt(value);
    }
    return array(key, 5, values.length, out.array());
  }

  public GgufBuilder floats(String key, float... values) {
    ByteBuffer out = bytes(4 * values.length);
    for (float value : values) {
      out.putFloat(value);
    }
    return array(key, 6, values.length, out.array());
  }

  /** An array that claims {@code count} elements, whatever its content. */
  public GgufBuilder array(String key, int type, long count, byte[] content) {
    ByteBuffer out = bytes(12 + content.length);
    return entry(key, 9, out.putInt(type).putLong(count).put(content).array());
  }

  public GgufBuilder entry(String key, int type, byte[] value) {
    metadata.put(key, bytes(4 + value.length).putInt(type).put(value).array());
    return this;
  }

  public GgufBuilder without(String key) {
    metadata.remove(key);
    return this;
  }

  /** A tensor of 32-bit floats, {@code shape} outermost first. */
  public GgufBuilder tensor(String name, float[] values, long... shape) {
    ByteBuffer content = bytes(4 * values.length);
    content.asFloatBuffer().put(values);
    while (data.size() % 32 != 0) {
      data.write(0);
    }
    rawTensor(name, 0, data.size(), shape);
    data.writeBytes(content.array());
    return this;
  }

  /** A tensor's entry alone. */
  public GgufBuilder rawTensor(String name, int type, long offset, long... shape) {
    byte[] text = text(name);
    ByteBuffer info = bytes(text.length + 4 + 8 * shape.length + 12);
    info.put(text).putInt(shape.length);
    for (int i = shape.length - 1; i >= 0; i--) {
      info.putLong(shape[i]);
    }
    infos.add(info.putInt(type).putLong(offset).array());
    return this;
  }

  public Path write(Path path) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(
        bytes(24)
            .putInt(0x46554747)
            .putInt((int) version)
            .putLong(tensorCount < 0 ? infos.size() : tensorCount)
            .putLong(entryCount < 0 ? metadata.size() : entryCount)
            .array());
    metadata.forEach(
        (key, value) -> {
          out.writeBytes(text(key));
          out.writeBytes(value);
        });
    infos.forEach(out::writeBytes);
    while (out.size() % 32 != 0) {
      out.write(0);
    }
    out.writeBytes(data.toByteArray());
    return Files.write(path, out.toByteArray());
  }

  private static byte[] text(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    return bytes(8 + utf8.length).putLong(utf8.length).put(utf8).array();
  }

  private static ByteBuffer bytes(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
