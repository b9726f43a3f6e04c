package io.weft.encoder.model;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.ModelManifest;
import io.weft.runtime.onnx.Device;
import io.weft.runtime.onnx.OnnxSessions;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * An encoder graph in an ONNX Runtime session, run on packed batches (docs/model-folder.md). Owned
 * by one thread, which closes it.
 */
public final class EncoderModel implements Encoder {
  private static final String STATES = "last_hidden_state";
  private static final String POOLED = "pooler_output";
  static final int SEGMENTS = 2;
  private static final Set<String> INPUTS =
      Set.of("input_ids", "position_ids", "lengths", "scatter", "gather");
  private static final Set<String> OPTIONAL_INPUTS =
      Set.of(PackedInputs.TYPE_IDS, PackedInputs.LOGITS_INDEX);

  private final SharedSession shared;
  private final OrtSession session;
  private final ModelManifest manifest;
  private final PackedInputs inputs;

  /** Of the graph. */
  private final Set<String> declared;

  /** Whether there is a pooler. */
  private final boolean pools;

  private final @Nullable HeadScores head;

  private EncoderModel(SharedSession shared, ModelManifest manifest, PackedInputs inputs) {
    this.shared = shared;
    this.session = shared.session();
    this.manifest = manifest;
    this.inputs = inputs;
    this.declared = session.getInputNames();
    this.pools = session.getOutputNames().contains(POOLED);
    this.head = HeadScores.of(manifest);
  }

  /**
   * Opens the graph of a model folder on the CPU.
   *
   * @param threads threads that one run may use, at least 1
   * @param maxBatchTokens places (rows × longest row) of the largest batch; a single sequence may
   *     be as long as the context all the same
   * @throws IllegalArgumentException when the folder does not hold an encoder that this version
   *     runs
   */
  public static EncoderModel open(ModelFolder folder, int threads, int maxBatchTokens) {
    return open(folder, threads, maxBatchTokens, Device.CPU);
  }

  /** Opens it on a device. */
  public static EncoderModel open(
      ModelFolder folder, int threads, int maxBatchTokens, Device device) {
    ModelManifest manifest = folder.manifest();
    checkPacked(manifest);
    OrtSession session = OnnxSessions.open(folder.graph(), threads, device);
    try {
      Set<String> names = session.getInputNames();
      Set<String> required = new TreeSet<>(names);
      required.removeAll(OPTIONAL_INPUTS);
      if (!required.equals(INPUTS) || !session.getOutputNames().containsAll(outputs(manifest))) {
        throw new IllegalArgumentException(
            "%s is not a packed encoder: inputs %s, outputs %s; expected inputs %s, outputs %s"
                .formatted(
                    folder.graph(),
                    new TreeSet<>(names),
                    session.getOutputNames(),
                    new TreeSet<>(INPUTS),
                    outputs(manifest)));
      }
      int capacity = Math.max(maxBatchTokens, manifest.contextLength());
      return new EncoderModel(
          new SharedSession(session), manifest, new PackedInputs(capacity, manifest.hiddenSize()));
    } catch (RuntimeException e) {
      closeQuietly(session, e);
      throw e;
    }
  }

  /** Outputs that the model's tasks need. */
  private static List<String> outputs(ModelManifest manifest) {
    return HeadScores.of(manifest) == null ? List.of(STATES) : List.of(STATES, HeadScores.LOGITS);
  }

  /**
   * Another encoder over the same session and weights, for another thread, which closes it. The
   * session ends with the last of them.
   */
  public EncoderModel sibling() {
    return new EncoderModel(shared.hold(), manifest, inputs.another());
  }

  /**
   * What sequences this model can read. Segments may be given to a model that has none, which does
   * not look at them: tokenizers mark the second text of a pair for DistilBERT all the same.
   */
  public SequenceLimits limits() {
    return new SequenceLimits(manifest.vocabularySize(), manifest.contextLength(), SEGMENTS);
  }

  @Override
  public PackedStates run(List<TokenSequence> batch) {
    inputs.pack(batch);
    OrtEnvironment environment = OnnxSessions.environment();
    Map<String, OnnxTensor> tensors = Map.of();
    try {
      tensors = inputs.tensors(environment, declared);
      try (OnnxTensor output = inputs.output(environment);
          OrtSession.Result result =
              session.run(tensors, requested(batch), Map.of(STATES, output))) {
        return new PackedStates(
            new PackedStates.Outputs(inputs.states(), pooled(result), head, scores(result, batch)),
            manifest.hiddenSize(),
            batch);
      }
    } catch (OrtException e) {
      throw new WeftException.Internal("the model failed to run a batch: " + e.getCode(), e);
    } finally {
      tensors.values().forEach(OnnxTensor::close);
    }
  }

  /** Outputs that have no buffer of their own. */
  private Set<String> requested(List<TokenSequence> batch) {
    Set<String> names = new TreeSet<>();
    if (pools) {
      names.add(POOLED);
    }
    if (head != null && head.wants(batch)) {
      names.add(HeadScores.LOGITS);
    }
    return names;
  }

  /** A copy of the head's scores; null where nothing was scored. */
  private @Nullable FloatBuffer scores(OrtSession.Result result, List<TokenSequence> batch) {
    OnnxValue value = result.get(HeadScores.LOGITS).orElse(null);
    if (head == null || value == null) {
      return null;
    }
    return head.read((OnnxTensor) value, batch.stream().mapToLong(head.rows()::count).sum());
  }

  /** A copy of the pooler's output, shape (sequences, hidden size); null without a pooler. */
  private static @Nullable FloatBuffer pooled(OrtSession.Result result) {
    return result.get(POOLED).map(value -> ((OnnxTensor) value).getFloatBuffer()).orElse(null);
  }

  @Override
  public void close() {
    try {
      shared.release();
    } catch (OrtException e) {
      throw new IllegalStateException("cannot close the session of " + manifest.name(), e);
    }
  }

  private static void checkPacked(ModelManifest manifest) {
    ModelManifest.EncoderSpec encoder = manifest.encoder();
    if (encoder == null || encoder.layout() != ModelManifest.Layout.PACKED) {
      throw new IllegalArgumentException(
          "model %s is no packed encoder: architecture %s, family %s"
              .formatted(manifest.name(), manifest.architecture(), manifest.family()));
    }
  }

  private static void closeQuietly(OrtSession session, RuntimeException because) {
    try {
      session.close();
    } catch (OrtException e) {
      because.addSuppressed(e);
    }
  }
}
