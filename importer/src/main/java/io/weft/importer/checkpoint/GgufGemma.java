package io.weft.importer.checkpoint;

import io.weft.importer.checkpoint.LlamaConfig.Attention;
import io.weft.importer.checkpoint.LlamaConfig.Biases;
import io.weft.importer.checkpoint.LlamaConfig.Variant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What GGUF files of Gemma, Gemma 2 and Gemma 3 say and, where they leave it out, what llama.cpp
 * takes it to be. Their norms hold the 1 that transformers adds to each weight.
 */
record GgufGemma(Gguf gguf, String architecture, GgufRotary rotary) {
  private static final String GEMMA2 = "gemma2";
  private static final String GEMMA3 = "gemma3";

  private static final String SCORE_CAP = "attn_logit_softcapping";
  private static final String LOGIT_CAP = "final_logit_softcapping";

  /** Keys that are refused elsewhere. */
  private static final Map<String, List<String>> KNOWN =
      Map.of(
          GEMMA2,
          List.of(SCORE_CAP, LOGIT_CAP),
          GEMMA3,
          List.of(LOGIT_CAP, GgufRotary.BASE_IN_WINDOWS));

  /**
   * The models that scale scores by other than the head size, by their layers: those of 27 billion
   * parameters. The files do not say.
   */
  private static final Map<String, Integer> LAYERS_OF_27B = Map.of(GEMMA2, 46, GEMMA3, 62);

  private static final Map<String, String> NORMS =
      Map.of(
          "ffn_norm", "pre_feedforward_layernorm",
          "post_attention_norm", "post_attention_layernorm",
          "post_ffw_norm", "post_feedforward_layernorm");

  static boolean is(String architecture) {
    return architecture.startsWith("gemma");
  }

  /** Whether a key is read that would change other architectures' mathematics unread. */
  static boolean knows(String architecture, String key) {
    return KNOWN.getOrDefault(architecture, List.of()).contains(key);
  }

  /** The name of transformers' model type. */
  static String modelType(String architecture) {
    return architecture.equals(GEMMA3) ? "gemma3_text" : architecture;
  }

  /**
   * Transformers' name of a norm around the blocks, which the first Gemma has as Llama does.
   *
   * @return null for other tensors
   */
  static @Nullable String norm(Architecture architecture, String nameInBlock) {
    return architecture instanceof LlamaConfig config && config.variant().normalizesOutputs()
        ? NORMS.get(nameInBlock)
        : null;
  }

  Variant variant(int layers, int hidden, int heads, int headSize) {
    boolean first = !LAYERS_OF_27B.containsKey(architecture);
    boolean of27b = LAYERS_OF_27B.getOrDefault(architecture, 0) == layers;
    RotaryEmbedding everywhere = rotary.read(headSize, headSize);
    Attention attention =
        new Attention(
            (float) (1 / Math.sqrt(of27b ? hidden / heads : headSize)),
            architecture.equals(GEMMA2) ? cap(SCORE_CAP, 50) : 0,
            architecture.equals(GEMMA3),
            first ? Collections.nCopies(layers, 0) : windows(layers),
            everywhere,
            architecture.equals(GEMMA3) ? rotary.readInWindows(headSize) : everywhere);
    float logitCap =
        switch (architecture) {
          case GEMMA2 -> cap(LOGIT_CAP, 30);
          case GEMMA3 -> gguf.metadata().has(key(LOGIT_CAP)) ? cap(LOGIT_CAP, 0) : 0;
          default -> 0;
        };
    return new Variant(
        Biases.NONE, attention, Activation.GELU_TANH, !first, (float) Math.sqrt(hidden), logitCap);
  }

  /** Gemma 3 has windows only where the file names one. */
  private List<Integer> windows(int layers) {
    boolean second = architecture.equals(GEMMA2);
    GgufMetadata metadata = gguf.metadata();
    int window =
        metadata.integer(key("attention.sliding_window"), 0, Limits.CONTEXT, second ? 4_096 : 0);
    int period =
        metadata.integer(key("attention.sliding_window_pattern"), 1, Limits.LAYERS, second ? 2 : 6);
    return IntStream.range(0, layers)
        .mapToObj(layer -> (layer + 1) % period > 0 ? window : 0)
        .toList();
  }

  private float cap(String name, double usual) {
    return (float) gguf.metadata().positive(key(name), usual);
  }

  private String key(String name) {
    return architecture + "." + name;
  }
}
