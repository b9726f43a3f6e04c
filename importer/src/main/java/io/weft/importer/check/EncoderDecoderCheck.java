package io.weft.importer.check;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.weft.importer.error.ImportException;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.ModelManifest;
import io.weft.runtime.onnx.OnnxSessions;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares encoder-decoders: each paragraph of the bundled text is an input, the one behind it the
 * output, which the decoder is given token by token.
 */
final class EncoderDecoderCheck {
  /** Most tokens of an input and of an output. */
  private static final int MOST = 128;

  private EncoderDecoderCheck() {}

  static Agreement.Predictions run(ModelFolder folder, ModelFolder exact, int threads)
      throws OrtException, IOException {
    ModelManifest model = folder.manifest();
    ModelManifest.GenerationSpec generation = model.generation();
    if (generation == null || generation.decoderStart() == null) {
      throw new ImportException(model.name() + " has no token that outputs start from");
    }
    long start = generation.decoderStart();
    int most = Math.min(MOST, model.contextLength());
    Divergence divergence = new Divergence();
    try (TextTokenizer tokenizer = TextTokenizer.open(folder.tokenizer());
        OrtSession encoder = OnnxSessions.open(folder.encoderGraph(), threads);
        OrtSession exactEncoder = OnnxSessions.open(exact.encoderGraph(), threads);
        OrtSession decoder = OnnxSessions.open(folder.decoderGraph(), threads);
        OrtSession exactDecoder = OnnxSessions.open(exact.decoderGraph(), threads);
        DecoderRun run = new DecoderRun(decoder, model, most + 1);
        DecoderRun exactRun = new DecoderRun(exactDecoder, exact.manifest(), most + 1)) {
      List<String> paragraphs = BundledText.paragraphs();
      for (int i = 0; i + 1 < paragraphs.size(); i++) {
        long[] input = cut(tokenizer.encode(paragraphs.get(i), true), most);
        long[] output = cut(tokenizer.encode(paragraphs.get(i + 1), true), most);
        long[] tokens = new long[output.length + 1];
        tokens[0] = start;
        System.arraycopy(output, 0, tokens, 1, output.length);
        run.restart();
        exactRun.restart();
        try (OrtSession.Result mine = new PackedRun(encoder).runTensors(List.of(input));
            OrtSession.Result right = new PackedRun(exactEncoder).runTensors(List.of(input));
            OnnxTensor length = Tensors.ints(new int[] {input.length}, 1)) {
          DecoderCheck.compare(
              run,
              exactRun,
              tokens,
              Map.of(false, cross(mine, length), true, cross(right, length)),
              0,
              divergence);
        }
      }
    }
    return DecoderCheck.predictions(divergence);
  }

  /** What the decoder takes from the encoder. */
  static Map<String, OnnxTensor> cross(OrtSession.Result encoded, OnnxTensor length) {
    Map<String, OnnxTensor> inputs = new HashMap<>();
    inputs.put("encoder_lengths", length);
    encoded.forEach(
        output -> {
          if (output.getKey().startsWith("cross.")) {
            inputs.put(output.getKey(), (OnnxTensor) output.getValue());
          }
        });
    return inputs;
  }

  private static long[] cut(long[] ids, int most) {
    return ids.length <= most ? ids : Arrays.copyOf(ids, most);
  }
}
