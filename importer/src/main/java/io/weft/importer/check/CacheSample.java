package io.weft.importer.check;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.ModelManifest;
import io.weft.runtime.onnx.OnnxSessions;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** How large the keys and values of a decoder become. */
public final class CacheSample {
  private CacheSample() {}

  /**
   * What a run showed.
   *
   * @param largest by {@code N.key} and {@code N.value} the largest absolute value of each channel,
   *     [kv heads × head size]
   * @param tokens different tokens of the text, those around it left out
   */
  public record Largest(Map<String, float[]> largest, int tokens) {}

  /**
   * Runs a decoder over the first window of the bundled text; the windows behind it are left for
   * comparisons.
   *
   * @throws IllegalArgumentException when the text has no tokens
   */
  public static Largest largestByChannel(ModelFolder folder) throws IOException, OrtException {
    ModelManifest model = folder.manifest();
    long[] ids;
    try (TextTokenizer tokenizer = TextTokenizer.open(folder.tokenizer())) {
      ids = tokenizer.encode(BundledText.whole(), true);
    }
    int window = Math.min(DecoderCheck.WINDOW, Math.min(model.contextLength(), ids.length));
    if (window == 0) {
      throw new IllegalArgumentException("the tokenizer makes no tokens of it");
    }
    ids = Arrays.copyOf(ids, window);
    int tokens = (int) Arrays.stream(ids).distinct().count();
    if (model.tokens().bos() != null) {
      ids[0] = model.tokens().bos();
    }
    int threads = Runtime.getRuntime().availableProcessors();
    Map<String, float[]> largest = new HashMap<>();
    try (OrtSession session = OnnxSessions.open(folder.graph(), threads);
        DecoderRun run = new DecoderRun(session, model, window)) {
      // Graphs want the logits of one position at least.
      run.run(ids, new long[] {window - 1}, Map.of(), Set.of("logits"));
      for (String name : run.caches()) {
        largest.put(name, largest(run.cache(name), model.kvHeads(), window, model.headSize()));
      }
    }
    return new Largest(largest, tokens);
  }

  /**
   * Over all tokens.
   *
   * @param values shape (heads, tokens, head size)
   */
  private static float[] largest(float[] values, int heads, int tokens, int headSize) {
    float[] largest = new float[heads * headSize];
    int i = 0;
    for (int head = 0; head < heads; head++) {
      for (int token = 0; token < tokens; token++) {
        for (int channel = 0; channel < headSize; channel++, i++) {
          int at = head * headSize + channel;
          largest[at] = Math.max(largest[at], Math.abs(values[i]));
        }
      }
    }
    return largest;
  }
}
