package io.weft.generator.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import io.weft.runtime.onnx.OnnxSessions;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class KeyValueCacheTest {
  private static final long MIB = 1 << 20;

  @Test
  void viewsShowTheSameMemory() throws OrtException {
    try (KeyValueCache cache = cache(new CacheShape(2, 3, 2, 8, 4, OnnxJavaType.FLOAT))) {
      OnnxTensor rows = cache.rows(3, new int[3]).past().get("past.1.value");
      OnnxTensor slot = cache.slot(1, 1).past().get("past.1.value");

      assertThat(rows.getInfo().getShape()).containsExactly(3, 2, 8, 4);
      assertThat(slot.getInfo().getShape()).containsExactly(1, 2, 8, 4);
      buffer(slot).put(5, 42);
      assertThat(buffer(rows).get(1 * 2 * 8 * 4 + 5)).isEqualTo(42);
      assertThat(cache.slot(1, 1).present().get("present.1.value")).isSameAs(slot);
    }
  }

  @Test
  void copiesTheFirstTokensOfEveryHeadAndLayer() throws OrtException {
    CacheShape shape = new CacheShape(2, 2, 3, 8, 4, OnnxJavaType.FLOAT);
    try (KeyValueCache cache = cache(shape)) {
      float value = 1;
      for (OnnxTensor tensor : cache.slot(0, 8).past().values()) {
        FloatBuffer buffer = buffer(tensor);
        for (int i = 0; i < buffer.capacity(); i++) {
          buffer.put(i, value++);
        }
      }

      cache.copy(0, 1, 5);

      for (String name : cache.slot(0, 8).past().keySet()) {
        FloatBuffer from = buffer(cache.slot(0, 8).past().get(name));
        FloatBuffer to = buffer(cache.slot(1, 8).past().get(name));
        for (int i = 0; i < from.capacity(); i++) {
          int token = i / 4 % 8;
          assertThat(to.get(i)).isEqualTo(token < 5 ? from.get(i) : 0);
        }
      }
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void takesRoomOnlyForTokensAndGivesItBack() throws OrtException, IOException {
    // 1.4 GiB, as SmolLM2 with 16 slots of 2,048 tokens.
    CacheShape shape = new CacheShape(30, 16, 3, 2_048, 64, OnnxJavaType.FLOAT);
    try (KeyValueCache cache = cache(shape)) {
      assertThat(shape.bytes()).isEqualTo(1_440 * MIB);
      assertThat(resident(cache)).isLessThan(MIB);

      write(cache, 3, 2_048);
      assertThat(resident(cache)).isGreaterThanOrEqualTo(90 * MIB);

      cache.free(3);
      assertThat(resident(cache)).isLessThan(13 * MIB);
      assertThat(buffer(cache.slot(3, 1).past().get("past.0.key")).get(0)).isEqualTo(1);
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void givesBackWhatIsALittleMoreThanIsKept() throws OrtException, IOException {
    CacheShape shape = new CacheShape(30, 16, 3, 2_047, 64, OnnxJavaType.FLOAT);
    try (KeyValueCache cache = cache(shape)) {
      for (int slot = 0; slot < 16; slot++) {
        write(cache, slot, 400);
      }
      // 45 KiB a token.
      assertThat(resident(cache)).isGreaterThan(281 * MIB);

      for (int slot = 0; slot < 16; slot++) {
        cache.free(slot);
      }
      assertThat(resident(cache)).as("256 tokens a slot").isLessThan(195 * MIB);
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void leavesNoPageOfAnyLength() throws OrtException, IOException {
    CacheShape shape = new CacheShape(30, 16, 3, 2_048, 64, OnnxJavaType.FLOAT);
    try (KeyValueCache cache = cache(shape)) {
      for (int tokens = 2_000; tokens > 256; tokens -= 50) {
        write(cache, 0, tokens);
        cache.free(0);
      }
      assertThat(resident(cache)).as("256 tokens").isLessThan(13 * MIB);
    }
  }

  @Test
  void halvesTakeHalfTheRoom() throws OrtException {
    CacheShape shape = new CacheShape(2, 2, 3, 8, 4, OnnxJavaType.FLOAT16);
    assertThat(shape.bytes()).isEqualTo(2L * 2 * 2 * 3 * 8 * 4 * 2);
    try (KeyValueCache cache = cache(shape)) {
      OnnxTensor slot = cache.slot(1, 8).past().get("past.1.key");
      assertThat(slot.getInfo().type).isEqualTo(OnnxJavaType.FLOAT16);
      ShortBuffer from =
          (ShortBuffer) cache.slot(0, 8).past().get("past.1.key").getBufferRef().orElseThrow();
      from.put(2 * 8 * 4 + 4 * 4 + 3, (short) 7);

      cache.copy(0, 1, 5);

      ShortBuffer to = (ShortBuffer) slot.getBufferRef().orElseThrow();
      assertThat(to.get(2 * 8 * 4 + 4 * 4 + 3)).isEqualTo((short) 7);
    }
  }

  @Test
  void refusesTensorsThatAreTooLarge() {
    CacheShape shape = new CacheShape(30, 64, 8, 8_192, 128, OnnxJavaType.FLOAT);

    assertThatThrownBy(() -> shape.check(0, Long.MAX_VALUE))
        .hasMessageContaining("tensors of 2,147,483,648 bytes > 2,147,483,647");
  }

  private static KeyValueCache cache(CacheShape shape) {
    return new KeyValueCache(shape, OnnxSessions.environment());
  }

  /** Writes a number for each of the first tokens. */
  private static void write(KeyValueCache cache, int slot, int tokens) throws OrtException {
    CacheShape shape = cache.shape();
    for (OnnxTensor tensor : cache.slot(slot, tokens).past().values()) {
      FloatBuffer buffer = buffer(tensor);
      for (int head = 0; head < shape.kvHeads(); head++) {
        for (int token = 0; token < tokens; token++) {
          buffer.put((head * shape.capacity() + token) * shape.headSize(), 1);
        }
      }
    }
  }

  /** The tensor's own memory: {@code getFloatBuffer} would copy it. */
  private static FloatBuffer buffer(OnnxTensor tensor) {
    return (FloatBuffer) tensor.getBufferRef().orElseThrow();
  }

  /** Of the cache's own memory: that of the whole process changes for many other reasons. */
  private static long resident(KeyValueCache cache) throws OrtException, IOException {
    FloatBuffer first = buffer(cache.slot(0, 1).past().get("past.0.key"));
    return ResidentPages.bytes(MemorySegment.ofBuffer(first).address(), cache.shape().bytes());
  }
}
