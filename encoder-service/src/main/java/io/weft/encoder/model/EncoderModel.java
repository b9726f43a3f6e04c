package io.weft.encoder.model;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.ModelManifest;
import io.weft.runtime.onnx.OnnxSessions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * An encoder graph in an ONNX Runtime session, run on packed batches (docs/model-folder.md). Owned
 * by one thread, which closes it.
 */
public final class EncoderModel implements Encoder {
  private static final String OUTPUT = "last_hidden_state";
  private static final String TYPE_IDS = "token_type_ids";
  private static final Set<String> INPUTS =
      Set.of("input_ids", "position_ids", "lengths", "scatter", "gather");

  private final OrtSession session;
  private final ModelManifest manifest;
  private final boolean hasTypeIds;
  private final PackedInputs inputs;

  private EncoderModel(
      OrtSession session, ModelManifest manifest, boolean hasTypeIds, PackedInputs inputs) {
    this.session = session;
    this.manifest = manifest;
    this.hasTypeIds = hasTypeIds;
    this.inputs = inputs;
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
    ModelManifest manifest = folder.manifest();
    int firstPosition = firstPosition(manifest);
    OrtSession session = OnnxSessions.open(folder.graph(), threads);
    try {
      Set<String> names = session.getInputNames();
      boolean hasTypeIds = names.contains(TYPE_IDS);
      Set<String> expected = new TreeSet<>(INPUTS);
      if (hasTypeIds) {
        expected.add(TYPE_IDS);
      }
      if (!names.equals(expected) || !session.getOutputNames().contains(OUTPUT)) {
        throw new IllegalArgumentException(
            "%s is not a packed encoder: inputs %s, outputs %s; expected inputs %s, output %s"
                .formatted(
                    folder.graph(),
                    new TreeSet<>(names),
                    session.getOutputNames(),
                    expected,
                    OUTPUT));
      }
      int capacity = Math.max(maxBatchTokens, manifest.contextLength());
      return new EncoderModel(
          session,
          manifest,
          hasTypeIds,
          new PackedInputs(capacity, manifest.hiddenSize(), firstPosition));
    } catch (RuntimeException e) {
      closeQuietly(session, e);
      throw e;
    }
  }

  /** What sequences this model can read. */
  public SequenceLimits limits() {
    return new SequenceLimits(
        manifest.vocabularySize(), manifest.contextLength(), hasTypeIds ? 2 : 1);
  }

  @Override
  public PackedStates run(List<TokenSequence> batch) {
    inputs.pack(batch);
    OrtEnvironment environment = OnnxSessions.environment();
    Map<String, OnnxTensor> tensors = Map.of();
    try {
      tensors = inputs.tensors(environment, hasTypeIds);
      try (OnnxTensor output = inputs.output(environment)) {
        session.run(tensors, Set.of(), Map.of(OUTPUT, output)).close();
      }
    } catch (OrtException e) {
      throw new WeftException.Internal("the model failed to run a batch: " + e.getCode(), e);
    } finally {
      tensors.values().forEach(OnnxTensor::close);
    }
    return new PackedStates(inputs.states(), manifest.hiddenSize(), batch);
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("cannot close the session of " + manifest.name(), e);
    }
  }

  /** How an architecture counts positions. */
  private static int firstPosition(ModelManifest manifest) {
    return switch (manifest.architecture()) {
      case "bert" -> 0;
      default ->
          throw new IllegalArgumentException(
              "model %s has architecture %s, which this version of the encoder service does not run"
                  .formatted(manifest.name(), manifest.architecture()));
    };
  }

  private static void closeQuietly(OrtSession session, RuntimeException because) {
    try {
      session.close();
    } catch (OrtException e) {
      because.addSuppressed(e);
    }
  }
}
