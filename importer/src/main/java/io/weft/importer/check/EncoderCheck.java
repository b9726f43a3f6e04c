package io.weft.importer.check;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.ModelManifest;
import io.weft.runtime.onnx.OnnxSessions;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compares encoders over the paragraphs of the bundled text, a batch of eight at a time. */
final class EncoderCheck {
  private static final String STATES = "last_hidden_state";
  private static final String LOGITS = "logits";
  private static final int BATCH = 8;
  private static final int MOST = 256;

  private final ModelManifest model;
  private final boolean pools;
  private int vectors;
  private double lowest = 1;
  private double sum;
  private int heads;
  private int sameHeads;

  private EncoderCheck(ModelManifest model) {
    this.model = model;
    this.pools = model.pooling() != null;
  }

  static Agreement.Vectors run(ModelFolder folder, ModelFolder exact, int threads)
      throws OrtException, IOException {
    EncoderCheck check = new EncoderCheck(folder.manifest());
    List<long[]> sequences = sequences(folder);
    try (OrtSession session = OnnxSessions.open(folder.graph(), threads);
        OrtSession exactSession = OnnxSessions.open(exact.graph(), threads)) {
      Set<String> outputs = new HashSet<>(Set.of(STATES));
      if (session.getOutputNames().contains(LOGITS)) {
        outputs.add(LOGITS);
      }
      for (int from = 0; from < sequences.size(); from += BATCH) {
        List<long[]> batch = sequences.subList(from, Math.min(sequences.size(), from + BATCH));
        Values mine = new PackedRun(session).run(batch, outputs);
        Values right = new PackedRun(exactSession).run(batch, outputs);
        check.states(batch, mine.get(STATES), right.get(STATES));
        check.heads(batch, mine.find(LOGITS), right.find(LOGITS));
      }
    }
    return check.result();
  }

  /** The paragraphs as ids, with special tokens, cut to the model's context. */
  static List<long[]> sequences(ModelFolder folder) throws IOException {
    int most = Math.min(MOST, folder.manifest().contextLength());
    try (TextTokenizer tokenizer = TextTokenizer.open(folder.tokenizer())) {
      return BundledText.paragraphs().stream()
          .map(text -> tokenizer.encode(text, true))
          .map(ids -> ids.length <= most ? ids : Arrays.copyOf(ids, most))
          .toList();
    }
  }

  private void states(List<long[]> batch, float[] mine, float[] right) {
    int width = model.hiddenSize();
    int token = 0;
    for (long[] ids : batch) {
      if (pools) {
        add(
            Vectors.pooled(model, mine, token, ids.length),
            Vectors.pooled(model, right, token, ids.length));
      } else {
        for (int i = token; i < token + ids.length; i++) {
          int from = i * width;
          add(
              Arrays.copyOfRange(mine, from, from + width),
              Arrays.copyOfRange(right, from, from + width));
        }
      }
      token += ids.length;
    }
  }

  private void add(float[] a, float[] b) {
    double cosine = Vectors.cosine(a, b);
    vectors++;
    sum += cosine;
    lowest = Math.min(lowest, cosine);
  }

  /**
   * Each row of the head's logits: labels of a sequence or a token, or scores of the vocabulary.
   */
  private void heads(List<long[]> batch, float @Nullable [] mine, float @Nullable [] right) {
    if (mine == null || right == null) {
      return;
    }
    int width = headWidth(batch, right.length);
    for (int from = 0; from < right.length; from += width) {
      heads++;
      if (Divergence.best(mine, from, width) == Divergence.best(right, from, width)) {
        sameHeads++;
      }
    }
  }

  private int headWidth(List<long[]> batch, int values) {
    if (model.tasks().contains(ModelManifest.TASK_FILL_MASK)) {
      return model.vocabularySize();
    }
    if (model.tasks().contains(ModelManifest.TASK_CLASSIFY)) {
      return values / batch.size();
    }
    return values / batch.stream().mapToInt(ids -> ids.length).sum();
  }

  private Agreement.Vectors result() {
    return new Agreement.Vectors(
        pools ? "pooled texts" : "hidden states",
        vectors,
        lowest,
        sum / vectors,
        heads == 0 ? null : (double) sameHeads / heads);
  }
}
