package io.weft.importer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.importer.GgufBuilder;
import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a GGUF file may say as a model, beyond being a GGUF file. */
class GgufCheckpointTest {
  private static final float[] EIGHT = {1, 1, 1, 1, 1, 1, 1, 1};

  @TempDir Path temp;

  @Test
  void opensASmallLlama() throws IOException {
    try (Checkpoint checkpoint =
        Checkpoint.open(llama().tensor("rope_freqs.weight", EIGHT, 8).write(temp.resolve("f")))) {
      assertThat(checkpoint.architecture().headSize()).isEqualTo(16);
      assertThat(checkpoint.tensorNames())
          .containsExactlyInAnyOrder(
              "model.embed_tokens.weight", "model.layers.0.self_attn.q_proj.weight");
    }
  }

  /** As llama.cpp reads it. */
  @ParameterizedTest
  @ValueSource(strings = {"rope.scaling.factor", "rope.scale_linear"})
  void aFactorWithoutATypeIsLinear(String key) throws IOException {
    Path file = llama().f32("llama." + key, 4).write(temp.resolve("f"));
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      assertThat(((LlamaConfig) checkpoint.architecture()).rotary().frequencies())
          .startsWith(0.25f);
    }
  }

  @Test
  void onlyRowsThatAreRotatedAreInterleaved() throws IOException {
    float[] rows = new float[256];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = i / 16;
    }
    Path file =
        llama()
            .u32("llama.rope.dimension_count", 6)
            .tensor("blk.0.attn_k.weight", rows, 16, 16)
            .write(temp.resolve("f"));
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      checkpoint.tensor("model.layers.0.self_attn.k_proj.weight", 16, 16).readRows(0, 16, rows);
    }
    List<Integer> order = IntStream.range(0, 16).mapToObj(i -> (int) rows[16 * i]).toList();
    assertThat(order).containsExactly(0, 2, 4, 1, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  }

  /** As llama.cpp, where the file does not say; four layers, but for those of 27B. */
  @Test
  void whatGemmasFilesLeaveOut() throws IOException {
    LlamaConfig.Attention second =
        gemma(decoder("gemma2").u32("gemma2.block_count", 4)).attention();
    assertThat(second.windows()).containsExactly(4_096, 0, 4_096, 0);
    assertThat(second.cap()).isEqualTo(50);
    assertThat(second.rotaryInWindows()).isEqualTo(second.rotary());
    assertThat(gemma(decoder("gemma2")).logitCap()).isEqualTo(30);

    LlamaConfig.Attention third = gemma(decoder("gemma3").u32("gemma3.block_count", 4)).attention();
    assertThat(third.windows()).containsExactly(0, 0, 0, 0);
    assertThat(third.cap()).isZero();
    assertThat(gemma(decoder("gemma3")).logitCap()).isZero();
    assertThat(
            gemma(
                    decoder("gemma3")
                        .u32("gemma3.block_count", 7)
                        .u32("gemma3.attention.sliding_window", 5)
                        .f32("gemma3.rope.freq_base", 100)
                        .f32("gemma3.rope.scaling.factor", 8))
                .attention())
        .satisfies(
            attention -> {
              assertThat(attention.windows()).containsExactly(5, 5, 5, 5, 5, 0, 5);
              assertThat(attention.rotary().frequencies()).startsWith(1 / 8f);
              assertThat(attention.rotaryInWindows().frequencies())
                  .isEqualTo(Floats.asList(Rotary.frequencies(10_000, 16)));
            });
  }

  /**
   * Of 27B scores are scaled by the hidden size of a head, 16 / 1 here, and not by the head size.
   */
  @ParameterizedTest
  @CsvSource({"gemma2, 46, 0.25", "gemma2, 42, 0.125", "gemma3, 62, 0.25", "gemma3, 48, 0.125"})
  void scoresOfTheLargestGemmasAreScaledOtherwise(String name, int layers, float scale)
      throws IOException {
    GgufBuilder builder =
        decoder(name).u32(name + ".block_count", layers).u32(name + ".attention.key_length", 64);

    assertThat(gemma(builder).attention().scale()).isEqualTo(scale);
  }

  private LlamaConfig.Variant gemma(GgufBuilder builder) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(builder.write(temp.resolve("gemma")))) {
      return ((LlamaConfig) checkpoint.architecture()).variant();
    }
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        Arguments.of(
            llama().string("general.architecture", "mamba"),
            "architecture 'mamba' is not supported in GGUF files; supported: gemma, "),
        Arguments.of(
            llama().string("general.type", "adapter"), "general.type 'adapter' is not supported"),
        Arguments.of(llama().u32("split.count", 3), "split.count: models in several files"),
        Arguments.of(
            llama().u32("llama.expert_count", 8), "llama.expert_count: mixtures of experts"),
        Arguments.of(
            llama().f32("llama.rope.freq_base", Float.POSITIVE_INFINITY),
            "llama.rope.freq_base is Infinity, it must be a number above 0"),
        Arguments.of(
            llama().entry("llama.attention.layer_norm_rms_epsilon", 12, f64(1e300)),
            "llama.attention.layer_norm_rms_epsilon is 1.0E300"),
        Arguments.of(
            llama().tensor("rope_freqs.weight", new float[8], 8),
            "rope_freqs.weight: element 0 is 0.0, which gives the rotary frequency Infinity"),
        Arguments.of(
            llama().tensor("rope_freqs.weight", new float[4], 4),
            "tensor rope_freqs.weight has shape [4], the configuration asks for [8]"),
        Arguments.of(
            llama()
                .u32("llama.rope.scaling.original_context_length", 16)
                .tensor("rope_factors_long.weight", EIGHT, 8),
            "the checkpoint has no tensor rope_factors_short.weight"),
        Arguments.of(
            llama().tensor("rope_factors_short.weight", EIGHT, 8),
            "the file has no metadata key llama.rope.scaling.original_context_length"),
        Arguments.of(
            llama().string("llama.rope.scaling.type", "yarn"),
            "llama.rope.scaling.type 'yarn' is not supported; supported: none, linear, longrope"),
        Arguments.of(
            llama().bool("llama.attention.causal", false),
            "llama.attention.causal is false, which is not supported"),
        Arguments.of(
            llama().f32("llama.attn_logit_softcapping", 30),
            "llama.attn_logit_softcapping is not supported"),
        Arguments.of(
            llama().f32("llama.rope.freq_base_swa", 30),
            "llama.rope.freq_base_swa is not supported"),
        Arguments.of(
            decoder("gemma").f32("gemma.final_logit_softcapping", 30),
            "gemma.final_logit_softcapping is not supported"),
        Arguments.of(
            decoder("gemma2").f32("gemma2.attention.scale", 1),
            "gemma2.attention.scale is not supported"),
        Arguments.of(
            decoder("gemma2").f32("gemma2.final_logit_softcapping", 0),
            "gemma2.final_logit_softcapping is 0.0, it must be a number above 0"),
        Arguments.of(
            decoder("gemma3").f32("gemma3.attn_logit_softcapping", 30),
            "gemma3.attn_logit_softcapping is not supported"),
        Arguments.of(
            decoder("gemma3").strings("gemma3.attention.sliding_window_pattern", List.of("x")),
            "gemma3.attention.sliding_window_pattern is not an integer"),
        Arguments.of(
            llama().tensor("blk.0.attn_k.weight", EIGHT, 1, 8),
            "tensor blk.0.attn_k.weight has shape [1, 8], the configuration asks for heads of 16"),
        Arguments.of(
            llama().tensor("model.embed_tokens.weight", EIGHT, 8),
            "model.embed_tokens.weight stands in the file twice"),
        Arguments.of(
            llama().without("llama.context_length"),
            "the file has no metadata key llama.context_length"),
        Arguments.of(
            llama().u32("llama.block_count", 0),
            "llama.block_count is 0, it must lie in [1, 1,024]"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refuses(GgufBuilder builder, String message) throws IOException {
    Path file = builder.write(temp.resolve("f"));
    assertThatThrownBy(() -> Checkpoint.open(file).close())
        .isInstanceOf(ImportException.class)
        .hasMessageContaining(message);
  }

  /** One head of 16, three tokens. */
  private static GgufBuilder llama() {
    return decoder("llama");
  }

  /** The same of another architecture. */
  private static GgufBuilder decoder(String architecture) {
    return new GgufBuilder()
        .string("general.architecture", architecture)
        .u32(architecture + ".context_length", 32)
        .u32(architecture + ".embedding_length", 16)
        .u32(architecture + ".feed_forward_length", 16)
        .u32(architecture + ".block_count", 1)
        .u32(architecture + ".attention.head_count", 1)
        .string("tokenizer.ggml.model", "gpt2")
        .string("tokenizer.ggml.pre", "gpt-2")
        .strings("tokenizer.ggml.tokens", List.of("a", "b", "ab"))
        .ints("tokenizer.ggml.token_type", 1, 1, 1)
        .strings("tokenizer.ggml.merges", List.of("a b"))
        .tensor("token_embd.weight", new float[48], 3, 16)
        .tensor("blk.0.attn_q.weight", new float[256], 16, 16);
  }

  private static byte[] f64(double value) {
    return java.nio.ByteBuffer.allocate(8)
        .order(java.nio.ByteOrder.LITTLE_ENDIAN)
        .putDouble(value)
        .array();
  }
}
