package io.weft.importer;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.StringJoiner;
import java.util.function.UnaryOperator;

/** Writes safetensors files with random weights. */
public final class SafetensorsBuilder {
  private final Map<String, long[]> shapes = new LinkedHashMap<>();
  private final Random random = new Random(5);
  private final SplittableRandom fast = new SplittableRandom(5);
  private final boolean half;

  /**
   * @param half write halves instead of 32-bit floats
   */
  public SafetensorsBuilder(boolean half) {
    this.half = half;
  }

  public SafetensorsBuilder tensor(String name, long... shape) {
    shapes.put(name, shape);
    return this;
  }

  /** All tensors of a Llama, the head tied. */
  public SafetensorsBuilder llama(
      int vocabulary, int hidden, int intermediate, int layers, int kvWidth) {
    tensor("model.embed_tokens.weight", vocabulary, hidden);
    for (int i = 0; i < layers; i++) {
      String layer = "model.layers." + i + ".";
      tensor(layer + "input_layernorm.weight", hidden);
      tensor(layer + "self_attn.q_proj.weight", hidden, hidden);
      tensor(layer + "self_attn.k_proj.weight", kvWidth, hidden);
      tensor(layer + "self_attn.v_proj.weight", kvWidth, hidden);
      tensor(layer + "self_attn.o_proj.weight", hidden, hidden);
      tensor(layer + "post_attention_layernorm.weight", hidden);
      tensor(layer + "mlp.gate_proj.weight", intermediate, hidden);
      tensor(layer + "mlp.up_proj.weight", intermediate, hidden);
      tensor(layer + "mlp.down_proj.weight", hidden, intermediate);
    }
    return tensor("model.norm.weight", hidden);
  }

  public Path write(Path path) throws IOException {
    write(path, shapes);
    return path;
  }

  /**
   * Writes {@code model-N.safetensors} files of at most {@code bytes}, unless a single tensor is
   * larger, and their index.
   */
  public void writeShards(Path folder, long bytes) throws IOException {
    StringJoiner index = new StringJoiner(",", "{\"weight_map\":{", "}}");
    Map<String, long[]> shard = new LinkedHashMap<>();
    int number = 1;
    long size = 0;
    for (Map.Entry<String, long[]> entry : shapes.entrySet()) {
      long tensor = valueBytes() * count(entry.getValue());
      if (size + tensor > bytes && !shard.isEmpty()) {
        write(folder.resolve("model-" + number + ".safetensors"), shard);
        shard.clear();
        number++;
        size = 0;
      }
      shard.put(entry.getKey(), entry.getValue());
      size += tensor;
      index.add("\"%s\":\"model-%d.safetensors\"".formatted(entry.getKey(), number));
    }
    write(folder.resolve("model-" + number + ".safetensors"), shard);
    Files.writeString(folder.resolve("model.safetensors.index.json"), index.toString());
  }

  private long valueBytes() {
    return half ? Short.BYTES : Float.BYTES;
  }

  private void write(Path path, Map<String, long[]> tensors) throws IOException {
    StringJoiner header = new StringJoiner(",", "{", "}");
    long offset = 0;
    for (Map.Entry<String, long[]> entry : tensors.entrySet()) {
      long end = offset + valueBytes() * count(entry.getValue());
      header.add(
          "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
              .formatted(
                  entry.getKey(),
                  half ? "F16" : "F32",
                  Arrays.toString(entry.getValue()),
                  offset,
                  end));
      offset = end;
    }
    try (OutputStream out = Files.newOutputStream(path)) {
      out.write(frame(header.toString()));
      for (long[] shape : tensors.values()) {
        if (half && shape.length > 1) {
          writeHalves(out, count(shape));
        } else {
          writeValues(out, count(shape), shape.length == 1);
        }
      }
    }
  }

  /** Gives a tensor of a file another name, and leaves zeros in its shape under the old one. */
  public static void moveAndLeaveZeros(Path file, String name, String newName) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
    ObjectNode header = (ObjectNode) new ObjectMapper().readTree(bytes, 8, length);
    ObjectNode moved = (ObjectNode) header.get(name);
    int end = bytes.length - 8 - length;
    int size = moved.at("/data_offsets/1").asInt() - moved.at("/data_offsets/0").asInt();
    ObjectNode zeros = moved.deepCopy();
    zeros.putArray("data_offsets").add(end).add(end + size);
    header.set(newName, moved);
    header.set(name, zeros);
    try (OutputStream out = Files.newOutputStream(file)) {
      out.write(frame(header.toString()));
      out.write(bytes, 8 + length, end);
      out.write(new byte[size]);
    }
  }

  /** Gives a tensor of a file another name. */
  public static void rename(Path file, String name, String newName) throws IOException {
    rename(file, old -> old.equals(name) ? newName : old);
  }

  /** Gives the tensors of a file other names. */
  public static void rename(Path file, UnaryOperator<String> names) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
    ObjectNode header = (ObjectNode) new ObjectMapper().readTree(bytes, 8, length);
    ObjectNode renamed = header.objectNode();
    header
        .properties()
        .forEach(entry -> renamed.set(names.apply(entry.getKey()), entry.getValue()));
    try (OutputStream out = Files.newOutputStream(file)) {
      out.write(frame(renamed.toString()));
      out.write(bytes, 8 + length, bytes.length - 8 - length);
    }
  }

  /** The length and the text of a header. */
  public static byte[] frame(String header) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + text.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(text.length)
        .put(text)
        .array();
  }

  /** Random halves as fast as may be: any sign and fraction, of magnitude 1/64 to 1/8. */
  private void writeHalves(OutputStream out, long count) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    for (long left = count * Short.BYTES; left > 0; left -= chunk.capacity()) {
      while (chunk.hasRemaining()) {
        // Sign, fraction and one bit of the exponent are random: 2^-6 or 2^-4, finite anyway.
        long bits = fast.nextLong();
        chunk.putLong((bits & 0x8bff_8bff_8bff_8bffL) | 0x2400_2400_2400_2400L);
      }
      out.write(chunk.array(), 0, (int) Math.min(left, chunk.capacity()));
      chunk.clear();
    }
  }

  private void writeValues(OutputStream out, long count, boolean norm) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    for (long i = 0; i < count; i++) {
      float value = norm ? 1 : (random.nextFloat() - 0.5f) * 0.4f;
      if (half) {
        chunk.putShort(Float.floatToFloat16(value));
      } else {
        chunk.putFloat(value);
      }
      if (!chunk.hasRemaining() || i == count - 1) {
        out.write(chunk.array(), 0, chunk.position());
        chunk.clear();
      }
    }
  }

  private static long count(long[] shape) {
    return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
  }
}
