package io.weft.importer.check;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.weft.importer.check.DecoderRun.ResultSink;
import io.weft.runtime.model.Family;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.ModelManifest;
import io.weft.runtime.onnx.OnnxSessions;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Runs a graph over some of the bundled text, to see what happens within. */
public final class SampleRuns {
  /** Tokens of a decoder's run. */
  private static final int TOKENS = 256;

  private static final int BATCH = 8;

  private SampleRuns() {}

  /** Runs an encoder over all paragraphs, eight at a time. */
  public static void encoder(ModelFolder folder, OrtSession session, ResultSink sink)
      throws IOException, OrtException {
    List<long[]> sequences = EncoderCheck.sequences(folder);
    for (int from = 0; from < sequences.size(); from += BATCH) {
      List<long[]> batch = sequences.subList(from, Math.min(sequences.size(), from + BATCH));
      try (OrtSession.Result result = new PackedRun(session).runTensors(batch)) {
        sink.accept(result);
      }
    }
  }

  /**
   * Runs a decoder over the first tokens of the text; that of an encoder-decoder after the first
   * paragraph as its input.
   */
  public static void decoder(
      ModelFolder folder, OrtSession session, Set<String> outputs, ResultSink sink)
      throws IOException, OrtException {
    ModelManifest model = folder.manifest();
    long[] ids;
    try (TextTokenizer tokenizer = TextTokenizer.open(folder.tokenizer())) {
      ids = tokenizer.encode(BundledText.whole(), true);
    }
    ids = Arrays.copyOf(ids, Math.min(ids.length, Math.min(TOKENS, model.contextLength())));
    try (DecoderRun run = new DecoderRun(session, model, ids.length)) {
      if (model.family() == Family.DECODER) {
        run.run(ids, Tensors.range(ids.length), Map.of(), outputs, sink);
        return;
      }
      int threads = Runtime.getRuntime().availableProcessors();
      try (OrtSession encoder = OnnxSessions.open(folder.encoderGraph(), threads);
          OrtSession.Result encoded = new PackedRun(encoder).runTensors(List.of(ids));
          OnnxTensor length = Tensors.ints(new int[] {ids.length}, 1)) {
        run.run(
            ids,
            Tensors.range(ids.length),
            EncoderDecoderCheck.cross(encoded, length),
            outputs,
            sink);
      }
    }
  }
}
