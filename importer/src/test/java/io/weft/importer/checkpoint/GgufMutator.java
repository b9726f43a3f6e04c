package io.weft.importer.checkpoint;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Breaks GGUF files by their structure: counts, lengths, types, dimensions and offsets at the edges
 * of their types or in each other's place; entries twice, missing or swapped; long strings; files
 * that end early; scales that are not finite.
 */
final class GgufMutator {
  private static final long[] EDGES = {
    0,
    1,
    2,
    7,
    8,
    31,
    32,
    255,
    256,
    65_535,
    65_536,
    1L << 20,
    1L << 31,
    (1L << 31) - 1,
    1L << 32,
    1L << 40,
    1L << 48,
    1L << 62,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    -1,
    -32
  };
  private static final int STRING = 8;
  private static final int ARRAY = 9;

  private final byte[] file;
  private final ByteBuffer in;

  /** Numbers of the file's structure: [first byte, bytes]. */
  private final List<int[]> numbers = new ArrayList<>();

  /** Strings with their lengths: [first byte, last byte + 1]. */
  private final List<int[]> strings = new ArrayList<>();

  private final List<int[]> metadata = new ArrayList<>();
  private final List<int[]> tensors = new ArrayList<>();
  private final int dataStart;

  /**
   * @param file a good one
   */
  GgufMutator(byte[] file) {
    this.file = file;
    this.in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).position(4);
    number(4);
    long tensorCount = number(8);
    long entryCount = number(8);
    for (long i = 0; i < entryCount; i++) {
      int start = in.position();
      string();
      value((int) number(4));
      metadata.add(new int[] {start, in.position()});
    }
    for (long i = 0; i < tensorCount; i++) {
      int start = in.position();
      string();
      for (long dimensions = number(4); dimensions > 0; dimensions--) {
        number(8);
      }
      number(4);
      number(8);
      tensors.add(new int[] {start, in.position()});
    }
    dataStart = in.position();
  }

  byte[] file() {
    return file;
  }

  private long number(int bytes) {
    numbers.add(new int[] {in.position(), bytes});
    return switch (bytes) {
      case 1 -> in.get();
      case 2 -> in.getShort();
      case 4 -> in.getInt();
      default -> in.getLong();
    };
  }

  private void string() {
    int start = in.position();
    long length = number(8);
    in.position(in.position() + (int) length);
    strings.add(new int[] {start, in.position()});
  }

  private void value(int type) {
    if (type == STRING) {
      string();
    } else if (type == ARRAY) {
      int element = (int) number(4);
      for (long count = number(8); count > 0; count--) {
        value(element);
      }
    } else {
      number(List.of(1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8).get(type));
    }
  }

  /** The file with up to two changed numbers or bytes, and then perhaps one change of structure. */
  byte[] mutate(Random random) {
    byte[] changed = file.clone();
    int changes = random.nextInt(3);
    for (int i = 0; i < changes; i++) {
      change(changed, random);
    }
    return changes == 0 || random.nextInt(3) == 0 ? restructure(changed, random) : changed;
  }

  private void change(byte[] changed, Random random) {
    int[] number = random.nextBoolean() ? any(numbers, random) : importantNumber(random);
    switch (random.nextInt(6)) {
      case 0, 1 -> put(changed, number, EDGES[random.nextInt(EDGES.length)]);
      case 2 -> put(changed, number, get(changed, any(numbers, random)));
      case 3 -> put(changed, number, get(changed, number) + random.nextInt(-9, 10));
      case 4 -> changed[random.nextInt(dataStart)] = (byte) random.nextInt();
      default -> {
        // All ones at a scale make it NaN.
        int at = random.nextInt(dataStart, changed.length);
        Arrays.fill(changed, at, Math.min(changed.length, at + 4), (byte) -1);
      }
    }
  }

  /** A number outside the long arrays of tokens, which are most of the file's numbers. */
  private int[] importantNumber(Random random) {
    int[] entry = random.nextBoolean() ? any(metadata, random) : any(tensors, random);
    int first = 0;
    for (int step = Integer.highestOneBit(numbers.size()); step > 0; step /= 2) {
      if (first + step < numbers.size() && numbers.get(first + step)[0] <= entry[0]) {
        first += step;
      }
    }
    int[] number = numbers.get(Math.min(numbers.size() - 1, first + random.nextInt(8)));
    return number[0] < entry[1] ? number : numbers.get(first);
  }

  private byte[] restructure(byte[] changed, Random random) {
    boolean ofTensors = random.nextBoolean() && tensors.size() > 1;
    List<int[]> entries = ofTensors ? tensors : metadata;
    int[] entry = any(entries, random);
    int[] other = any(entries, random);
    byte[] copy = Arrays.copyOfRange(changed, other[0], other[1]);
    int counter = ofTensors ? 8 : 16;
    return switch (random.nextInt(6)) {
      case 0 -> Arrays.copyOf(changed, random.nextInt(changed.length));
      case 1 -> splice(count(changed, counter, 1), entry[0], entry[0], copy);
      case 2 -> splice(count(changed, counter, -1), entry[0], entry[1], new byte[0]);
      case 3 -> splice(changed, entry[0], entry[1], copy);
      case 4 -> {
        int[] string = any(strings, random);
        yield splice(changed, string[0], string[1], longString(random));
      }
      default -> {
        int at = random.nextInt(dataStart);
        byte[] noise = new byte[random.nextInt(64)];
        random.nextBytes(noise);
        yield splice(changed, at, Math.min(dataStart, at + random.nextInt(64)), noise);
      }
    };
  }

  private static byte[] longString(Random random) {
    int length = 1 << random.nextInt(20);
    byte[] text = new byte[8 + length];
    Arrays.fill(text, (byte) 'x');
    ByteBuffer.wrap(text).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
    return text;
  }

  private static byte[] count(byte[] changed, int counter, int change) {
    int[] number = {counter, 8};
    put(changed, number, get(changed, number) + change);
    return changed;
  }

  private static byte[] splice(byte[] changed, int from, int to, byte[] by) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(changed.length + by.length);
    out.write(changed, 0, from);
    out.writeBytes(by);
    out.write(changed, to, changed.length - to);
    return out.toByteArray();
  }

  private static long get(byte[] changed, int[] number) {
    long value = 0;
    for (int i = number[1] - 1; i >= 0; i--) {
      value = (value << 8) | (changed[number[0] + i] & 0xff);
    }
    return value;
  }

  private static void put(byte[] changed, int[] number, long value) {
    for (int i = 0; i < number[1]; i++) {
      changed[number[0] + i] = (byte) (value >> (8 * i));
    }
  }

  private static int[] any(List<int[]> spans, Random random) {
    return spans.get(random.nextInt(spans.size()));
  }
}
