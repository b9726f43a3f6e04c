package io.weft.encoder.model;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.ModelManifest;
import io.weft.runtime.onnx.OnnxSessions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The graph that gives attention probabilities (docs/decisions/0009-attentions.md), run one
 * sequence at a time. Its session is opened by the first run. Not thread-safe; who owns it closes
 * it.
 */
public final class AttentionModel implements AutoCloseable {
  private final ModelFolder folder;
  private final int threads;
  private @Nullable OrtSession session;
  private @Nullable PackedInputs inputs;

  /**
   * @param threads threads that one run may use, at least 1
   */
  public AttentionModel(ModelFolder folder, int threads) {
    this.folder = folder;
    this.threads = threads;
  }

  /** Whether a model folder has such a graph. */
  public static boolean isIn(ModelFolder folder) {
    return Files.isRegularFile(folder.attentionGraph());
  }

  /** What sequences this model can read. */
  public SequenceLimits limits() {
    ModelManifest manifest = folder.manifest();
    return new SequenceLimits(
        manifest.vocabularySize(), manifest.contextLength(), EncoderModel.SEGMENTS);
  }

  /**
   * Runs a sequence.
   *
   * @param sequence within the {@link #limits()}
   * @param layers each from 0 to the model's layers - 1, at most once
   * @param heads each from 0 to the model's heads - 1, at most once
   * @return the probabilities, shape (layers, heads, tokens, tokens), as 32-bit floats, little
   *     endian, row-major
   * @throws WeftException.Internal when the model fails, or gives no finite number
   */
  public byte[] run(TokenSequence sequence, List<Integer> layers, List<Integer> heads) {
    int tokens = sequence.length();
    long values = (long) layers.size() * heads.size() * tokens * tokens;
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.toIntExact(values * Float.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    FloatBuffer out = bytes.asFloatBuffer();
    OrtEnvironment environment = OnnxSessions.environment();
    Map<String, OnnxTensor> tensors = Map.of();
    try {
      OrtSession open = session();
      PackedInputs packed = inputs();
      packed.pack(List.of(sequence));
      tensors = packed.tensors(environment, open.getInputNames());
      Map<Integer, String> names =
          layers.stream().collect(Collectors.toMap(layer -> layer, AttentionModel::output));
      try (OrtSession.Result result = open.run(tensors, new TreeSet<>(names.values()))) {
        for (int layer : layers) {
          String name = String.valueOf(names.get(layer));
          copy(((OnnxTensor) result.get(name).orElseThrow()).getFloatBuffer(), heads, tokens, out);
        }
      }
    } catch (OrtException e) {
      throw new WeftException.Internal("the model failed to run a sequence: " + e.getCode(), e);
    } finally {
      tensors.values().forEach(OnnxTensor::close);
    }
    return bytes.array();
  }

  /** Copies the chosen heads of one layer's probabilities, shape (heads, tokens, tokens). */
  private static void copy(FloatBuffer layer, List<Integer> heads, int tokens, FloatBuffer out) {
    for (int head : heads) {
      FloatBuffer rows = layer.slice(head * tokens * tokens, tokens * tokens);
      for (int i = 0; i < rows.capacity(); i++) {
        if (!Float.isFinite(rows.get(i))) {
          throw new WeftException.Internal("the model's output is not finite", null);
        }
      }
      out.put(rows);
    }
  }

  private OrtSession session() {
    if (session == null) {
      session = OnnxSessions.open(folder.attentionGraph(), threads);
    }
    return session;
  }

  private PackedInputs inputs() {
    if (inputs == null) {
      ModelManifest manifest = folder.manifest();
      inputs = new PackedInputs(manifest.contextLength(), manifest.hiddenSize());
    }
    return inputs;
  }

  private static String output(int layer) {
    return String.format(Locale.ROOT, "attentions.%d", layer);
  }

  @Override
  public void close() {
    try {
      if (session != null) {
        session.close();
        session = null;
      }
    } catch (OrtException e) {
      throw new IllegalStateException("cannot close the session of " + folder.manifest().name(), e);
    }
  }
}
