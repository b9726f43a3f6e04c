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
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * An encoder graph that somebody exported: rows [batch, longest] with an attention mask
 * (docs/model-folder.md). The states of the padding are dropped after each run, so that all else
 * sees a packed batch. Owned by one thread, which closes it.
 */
public final class PaddedModel implements Encoder {
  private static final String STATES = "last_hidden_state";
  private static final String IDS = "input_ids";
  private static final String MASK = "attention_mask";
  private static final String TYPE_IDS = "token_type_ids";

  private final SharedSession shared;
  private final OrtSession session;
  private final ModelManifest manifest;
  private final int capacity;
  private final long padding;
  private final Map<String, LongBuffer> inputs = new LinkedHashMap<>();
  private final @Nullable HeadScores head;

  /** Null where the graph gives its scores only. */
  private final @Nullable FloatBuffer states;

  private PaddedModel(SharedSession shared, ModelManifest manifest, int capacity) {
    this.shared = shared;
    this.session = shared.session();
    this.manifest = manifest;
    this.capacity = capacity;
    Integer pad = manifest.tokens().pad();
    this.padding = pad == null ? 0 : pad;
    for (String name : session.getInputNames()) {
      inputs.put(name, direct(capacity, Long.BYTES).asLongBuffer());
    }
    this.head = HeadScores.of(manifest);
    int values = Math.multiplyExact(capacity, manifest.hiddenSize());
    this.states =
        session.getOutputNames().contains(STATES)
            ? direct(values, Float.BYTES).asFloatBuffer()
            : null;
  }

  /**
   * Opens the graph of a model folder on the CPU.
   *
   * @param threads threads that one run may use, at least 1
   * @param maxBatchTokens places (rows × longest row) of the largest batch; a single sequence may
   *     be as long as the context all the same
   * @throws IllegalArgumentException when the graph has other inputs, or lacks an output that the
   *     model's tasks need
   */
  public static PaddedModel open(ModelFolder folder, int threads, int maxBatchTokens) {
    return open(folder, threads, maxBatchTokens, Device.CPU);
  }

  /** Opens it on a device. */
  public static PaddedModel open(
      ModelFolder folder, int threads, int maxBatchTokens, Device device) {
    OrtSession session = OnnxSessions.open(folder.graph(), threads, device);
    Set<String> names = session.getInputNames();
    Set<String> expected = new TreeSet<>(Set.of(IDS, MASK));
    if (names.contains(TYPE_IDS)) {
      expected.add(TYPE_IDS);
    }
    List<String> outputs = outputs(folder.manifest());
    if (!names.equals(expected) || !session.getOutputNames().containsAll(outputs)) {
      IllegalArgumentException refusal =
          new IllegalArgumentException(
              "%s is not a padded encoder: inputs %s, outputs %s; expected inputs %s, outputs %s"
                  .formatted(
                      folder.graph(),
                      new TreeSet<>(names),
                      session.getOutputNames(),
                      expected,
                      outputs));
      try {
        session.close();
      } catch (OrtException e) {
        refusal.addSuppressed(e);
      }
      throw refusal;
    }
    ModelManifest manifest = folder.manifest();
    return new PaddedModel(
        new SharedSession(session), manifest, Math.max(maxBatchTokens, manifest.contextLength()));
  }

  /**
   * Another encoder over the same session and weights, for another thread, which closes it. The
   * session ends with the last of them.
   */
  public PaddedModel sibling() {
    return new PaddedModel(shared.hold(), manifest, capacity);
  }

  /** Outputs that the model's tasks need. */
  private static List<String> outputs(ModelManifest manifest) {
    List<String> outputs = new ArrayList<>();
    if (manifest.tasks().contains(ModelManifest.TASK_EMBED)) {
      outputs.add(STATES);
    }
    if (HeadScores.of(manifest) != null) {
      outputs.add(HeadScores.LOGITS);
    }
    return outputs;
  }

  /** What sequences this model can read. */
  public SequenceLimits limits() {
    return new SequenceLimits(
        manifest.vocabularySize(), manifest.contextLength(), inputs.containsKey(TYPE_IDS) ? 2 : 1);
  }

  @Override
  public PackedStates run(List<TokenSequence> batch) {
    int rows = batch.size();
    int longest = batch.stream().mapToInt(TokenSequence::length).max().orElse(0);
    if (longest == 0 || (long) rows * longest > capacity) {
      throw new IllegalArgumentException(
          "%d sequences of up to %d tokens do not fit %d places"
              .formatted(rows, longest, capacity));
    }
    inputs.forEach((name, buffer) -> fill(name, buffer, batch, longest));
    OrtEnvironment environment = OnnxSessions.environment();
    Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
    FloatBuffer scores;
    try {
      for (Map.Entry<String, LongBuffer> input : inputs.entrySet()) {
        tensors.put(
            input.getKey(),
            OnnxTensor.createTensor(
                environment,
                input.getValue().slice(0, rows * longest),
                new long[] {rows, longest}));
      }
      scores = run(tensors, batch, longest);
    } catch (OrtException e) {
      throw new WeftException.Internal("the model failed to run a batch: " + e.getCode(), e);
    } finally {
      tensors.values().forEach(OnnxTensor::close);
    }
    if (states != null) {
      dropPadding(states, manifest.hiddenSize(), batch, longest);
    }
    return new PackedStates(
        new PackedStates.Outputs(states, null, head, scores), manifest.hiddenSize(), batch);
  }

  /** Runs the graph: the states go into their buffer, the scores are returned, packed. */
  private @Nullable FloatBuffer run(
      Map<String, OnnxTensor> tensors, List<TokenSequence> batch, int longest) throws OrtException {
    int width = manifest.hiddenSize();
    int places = batch.size() * longest;
    Set<String> requested =
        head != null && head.wants(batch) ? Set.of(HeadScores.LOGITS) : Set.of();
    Map<String, OnnxTensor> pinned = new LinkedHashMap<>();
    try {
      if (states != null) {
        long[] shape = {batch.size(), longest, width};
        pinned.put(
            STATES,
            OnnxTensor.createTensor(
                OnnxSessions.environment(), states.slice(0, places * width), shape));
      }
      try (OrtSession.Result result = session.run(tensors, requested, pinned)) {
        OnnxValue value = result.get(HeadScores.LOGITS).orElse(null);
        return head == null || value == null
            ? null
            : scores(head, (OnnxTensor) value, batch, longest);
      }
    } finally {
      pinned.values().forEach(OnnxTensor::close);
    }
  }

  private static FloatBuffer scores(
      HeadScores head, OnnxTensor output, List<TokenSequence> batch, int longest) {
    return switch (head.rows()) {
      case SEQUENCES -> head.read(output, batch.size());
      case TOKENS -> {
        FloatBuffer scores = head.read(output, (long) batch.size() * longest);
        dropPadding(scores, head.width(), batch, longest);
        yield scores;
      }
      case SCORED_TOKENS ->
          scored(head.read(output, (long) batch.size() * longest), head.width(), batch, longest);
    };
  }

  /** The scores of the positions asked for: from [batch, longest, width] to [positions, width]. */
  private static FloatBuffer scored(
      FloatBuffer scores, int width, List<TokenSequence> batch, int longest) {
    int total = batch.stream().mapToInt(TokenSequence::scoredCount).sum();
    FloatBuffer kept = FloatBuffer.allocate(Math.multiplyExact(total, width));
    for (int row = 0; row < batch.size(); row++) {
      TokenSequence sequence = batch.get(row);
      for (int i = 0; i < sequence.scoredCount(); i++) {
        kept.put(scores.slice((row * longest + sequence.scored(i)) * width, width));
      }
    }
    return kept.flip();
  }

  /** Fills an input, [batch, longest]. */
  private void fill(String name, LongBuffer buffer, List<TokenSequence> batch, int longest) {
    int place = 0;
    for (TokenSequence sequence : batch) {
      for (int i = 0; i < longest; i++, place++) {
        boolean real = i < sequence.length();
        buffer.put(
            place,
            switch (name) {
              case IDS -> real ? sequence.id(i) : padding;
              case MASK -> real ? 1 : 0;
              case TYPE_IDS -> real ? sequence.typeId(i) : 0;
              default -> throw new IllegalStateException("no such input: " + name);
            });
      }
    }
  }

  /** Moves the rows of real tokens together: from [batch, longest, width] to [tokens, width]. */
  private static void dropPadding(
      FloatBuffer values, int width, List<TokenSequence> batch, int longest) {
    int token = 0;
    for (int row = 0; row < batch.size(); row++) {
      int length = batch.get(row).length();
      // Towards the front, so a row never covers one that is still to be moved.
      values.put(token * width, values, row * longest * width, length * width);
      token += length;
    }
  }

  private static ByteBuffer direct(int count, int width) {
    return ByteBuffer.allocateDirect(Math.multiplyExact(count, width))
        .order(ByteOrder.nativeOrder());
  }

  @Override
  public void close() {
    try {
      shared.release();
    } catch (OrtException e) {
      throw new IllegalStateException("cannot close the session of " + manifest.name(), e);
    }
  }
}
