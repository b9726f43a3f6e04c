package io.weft.importer.check;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.ModelManifest;
import io.weft.runtime.onnx.OnnxSessions;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;

/**
 * Compares decoders over the bundled text as llama.cpp's perplexity tool does: in whole windows of
 * 512 tokens that begin with BOS where the model wants one, predictions in their second halves.
 */
final class DecoderCheck {
  static final int WINDOW = 512;

  /** Tokens whose logits are held at once. */
  private static final int CHUNK = 32;

  private DecoderCheck() {}

  static Agreement.Predictions run(ModelFolder folder, ModelFolder exact, int threads)
      throws OrtException, IOException {
    ModelManifest model = folder.manifest();
    long[] ids;
    try (TextTokenizer tokenizer = TextTokenizer.open(folder.tokenizer())) {
      ids = tokenizer.encode(BundledText.whole(), true);
    }
    int window = Math.min(WINDOW, Math.min(model.contextLength(), ids.length));
    Divergence divergence = new Divergence();
    try (OrtSession session = OnnxSessions.open(folder.graph(), threads);
        OrtSession exactSession = OnnxSessions.open(exact.graph(), threads);
        DecoderRun run = new DecoderRun(session, model, window);
        DecoderRun exactRun = new DecoderRun(exactSession, exact.manifest(), window)) {
      for (int from = 0; from + window <= ids.length; from += window) {
        long[] tokens = Arrays.copyOfRange(ids, from, from + window);
        if (model.tokens().bos() != null) {
          tokens[0] = model.tokens().bos();
        }
        run.restart();
        exactRun.restart();
        compare(run, exactRun, tokens, Map.of(), window / 2, divergence);
      }
    }
    return predictions(divergence);
  }

  /**
   * Adds the predictions at {@code first} and following positions but the last.
   *
   * @param extra inputs of the folder's and of the exact graph beside the usual ones
   */
  static void compare(
      DecoderRun run,
      DecoderRun exact,
      long[] tokens,
      Map<Boolean, Map<String, ai.onnxruntime.OnnxTensor>> extra,
      int first,
      Divergence divergence)
      throws OrtException {
    Set<String> logits = Set.of("logits");
    for (int from = 0; from < tokens.length; from += CHUNK) {
      long[] chunk = Arrays.copyOfRange(tokens, from, Math.min(tokens.length, from + CHUNK));
      // Where no prediction counts, one is asked for all the same: graphs want at least one.
      boolean counts = from + chunk.length > first;
      long[] positions = counts ? Tensors.range(chunk.length) : new long[] {0};
      float[] mine =
          run.run(chunk, positions, extra.getOrDefault(false, Map.of()), logits).get("logits");
      float[] right =
          exact.run(chunk, positions, extra.getOrDefault(true, Map.of()), logits).get("logits");
      int vocabulary = right.length / positions.length;
      for (int i = 0; counts && i < chunk.length; i++) {
        int position = from + i;
        if (position >= first && position + 1 < tokens.length) {
          divergence.add(
              right, mine, i * vocabulary, vocabulary, Math.toIntExact(tokens[position + 1]));
        }
      }
    }
  }

  static Agreement.Predictions predictions(Divergence divergence) {
    return new Agreement.Predictions(
        divergence.positions(),
        divergence.topAgreement(),
        divergence.mean(),
        divergence.perplexityOfReference(),
        divergence.perplexity());
  }
}
