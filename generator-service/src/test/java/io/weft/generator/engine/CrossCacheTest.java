package io.weft.generator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import io.weft.runtime.onnx.OnnxSessions;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CrossCacheTest {
  private static final int SLOTS = 4;
  private static final int HEADS = 2;
  private static final int HEAD_SIZE = 3;
  private static final int CAPACITY = 600;
  private static final int TENSORS = 4;

  private final CrossCache cache =
      new CrossCache(
          new CacheShape(TENSORS / 2, SLOTS, HEADS, CAPACITY, HEAD_SIZE, OnnxJavaType.FLOAT),
          OnnxSessions.environment());

  @AfterEach
  void close() {
    cache.close();
  }

  @Test
  void aRowIsAsWideAsTheLongestInputThereIs() throws OrtException {
    assertThat(cache.width()).isEqualTo(32);
    put(0, 33, 1);
    assertThat(cache.width()).isEqualTo(64);
    put(1, 64, 2);
    assertThat(cache.width()).isEqualTo(64);
    put(2, 600, 3);
    assertThat(cache.width()).isEqualTo(CAPACITY);
    cache.free(2);
    assertThat(cache.width()).isEqualTo(64);
    cache.free(1);
    cache.free(0);
    assertThat(cache.width()).isEqualTo(32);
    assertThat(cache.slots(0, SLOTS).get("cross.1.value").getInfo().getShape())
        .containsExactly(SLOTS, HEADS, 32, HEAD_SIZE);
  }

  @Test
  void aCopyReplacesWhatWasThere() throws OrtException {
    put(0, 20, 7);
    put(3, 500, 8);
    cache.copy(0, 3);
    cache.free(0);

    assertThat(cache.width()).isEqualTo(32);
    assertHolds(3, 20, 7);
  }

  /** Whatever comes, moves and goes, each slot holds what was put there. */
  @Test
  void inputsSurviveEveryChangeOfWidth() throws OrtException {
    Random random = new Random(3);
    int[] tokens = new int[SLOTS];
    int[] marks = new int[SLOTS];
    for (int round = 1; round <= 400; round++) {
      int slot = random.nextInt(SLOTS);
      int other = random.nextInt(SLOTS);
      switch (random.nextInt(4)) {
        case 0 -> {
          cache.free(slot);
          tokens[slot] = 0;
        }
        case 1 -> {
          if (tokens[slot] > 0) {
            cache.copy(slot, other);
            tokens[other] = tokens[slot];
            marks[other] = marks[slot];
          }
        }
        default -> {
          tokens[slot] = 1 + random.nextInt(random.nextBoolean() ? 40 : CAPACITY);
          marks[slot] = round;
          put(slot, tokens[slot], round);
        }
      }
      int longest = Arrays.stream(tokens).max().orElseThrow();
      assertThat(cache.width()).isBetween(longest, Math.max(32, 2 * longest));
      for (int i = 0; i < SLOTS; i++) {
        if (tokens[i] > 0) {
          assertHolds(i, tokens[i], marks[i]);
        }
      }
    }
  }

  private void put(int slot, int tokens, int mark) {
    try (Arena arena = Arena.ofConfined()) {
      int count = TENSORS * HEADS * tokens * HEAD_SIZE;
      MemorySegment encoded = arena.allocate(ValueLayout.JAVA_FLOAT, count);
      for (int i = 0; i < count; i++) {
        encoded.setAtIndex(ValueLayout.JAVA_FLOAT, i, mark * 50_000f + i % 49_999);
      }
      cache.put(slot, tokens, encoded);
    }
  }

  private void assertHolds(int slot, int tokens, int mark) throws OrtException {
    Map<String, OnnxTensor> view = cache.slots(slot, 1);
    assertThat(view.get("encoder_lengths").getIntBuffer().get(0)).isEqualTo(tokens);
    int i = 0;
    for (int tensor = 0; tensor < TENSORS; tensor++) {
      float[][][][] values = (float[][][][]) view.get(CrossCache.name(tensor)).getValue();
      for (int head = 0; head < HEADS; head++) {
        for (int token = 0; token < tokens; token++) {
          for (float value : values[0][head][token]) {
            if (value != mark * 50_000f + i % 49_999) {
              throw new AssertionError(
                  "slot %d, tensor %d, head %d, token %d".formatted(slot, tensor, head, token));
            }
            i++;
          }
        }
      }
    }
  }
}
