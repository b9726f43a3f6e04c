package io.weft.generator.engine;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.model.Family;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.ModelManifest;
import io.weft.runtime.onnx.Device;
import io.weft.runtime.onnx.NoPart;
import io.weft.runtime.onnx.OnnxSessions;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A decoder graph (docs/model-folder.md) in an ONNX Runtime session on the CPU, with its encoder's
 * graph in another where it has one.
 */
public final class OnnxModelRunner implements ModelRunner {
  /** Bounds the memory of logits: this many rows of the vocabulary, or as many as slots. */
  private static final int MAX_EXTENSION = 32;

  private final OrtSession session;
  private final ModelManifest manifest;
  private final KeyValueCache cache;
  private final CrossAttention cross;
  private final BlockPool blocks;
  private final StepInputs inputs;

  /** Inputs of a run without a part of a prompt; empty where the graph takes none. */
  private final Map<String, OnnxTensor> noPart;

  private OnnxModelRunner(
      OrtSession session,
      ModelManifest manifest,
      KeyValueCache cache,
      CrossAttention cross,
      BlockPool blocks,
      StepInputs inputs,
      Map<String, OnnxTensor> noPart) {
    this.session = session;
    this.manifest = manifest;
    this.cache = cache;
    this.cross = cross;
    this.blocks = blocks;
    this.inputs = inputs;
    this.noPart = noPart;
  }

  /**
   * How a runner is set up.
   *
   * @param threads threads that one run may use, at least 1
   * @param slots sequences at one time, at least 1
   * @param contextLength tokens a slot has room for, and of an encoder's input; the model's own
   *     when that is less
   * @param prefillChunk most tokens of a prompt in one run, at least 1
   * @param maxCacheBytes bound on the key/value memory, that of inputs included
   * @param prefixCacheBytes bound on the key/value memory of blocks outside the slots; 0 for none
   * @param device where the graphs run; keys and values stay in the host's memory
   */
  public record Options(
      int threads,
      int slots,
      int contextLength,
      int prefillChunk,
      long maxCacheBytes,
      long prefixCacheBytes,
      Device device) {
    /** On the CPU. */
    public Options(
        int threads,
        int slots,
        int contextLength,
        int prefillChunk,
        long maxCacheBytes,
        long prefixCacheBytes) {
      this(
          threads, slots, contextLength, prefillChunk, maxCacheBytes, prefixCacheBytes, Device.CPU);
    }
  }

  /**
   * Opens the graphs of a model folder.
   *
   * @throws IllegalArgumentException when the folder does not hold a decoder or encoder-decoder
   *     that this version runs, or its key/value cache is too large
   */
  public static OnnxModelRunner open(ModelFolder folder, Options options) {
    ModelManifest manifest = folder.manifest();
    boolean hasEncoder = manifest.family() == Family.ENCODER_DECODER;
    int capacity = Math.min(options.contextLength(), manifest.contextLength());
    OrtEnvironment environment = OnnxSessions.environment();
    Path graph = hasEncoder ? folder.decoderGraph() : folder.graph();
    OrtSession session = OnnxSessions.open(graph, options.threads(), options.device());
    CrossAttention cross = CrossAttention.NONE;
    try {
      OnnxJavaType type = DecoderGraphs.cacheType(graph, session);
      CacheShape shape = CacheShape.of(manifest, options.slots(), capacity, type);
      DecoderGraphs.check(graph, session, shape, hasEncoder);
      shape.check(hasEncoder ? EncodedInputs.bytes(shape) : 0, options.maxCacheBytes());
      if (hasEncoder) {
        // Inputs and outputs may be as long as each other, and have as many heads.
        cross = EncodedInputs.open(folder, shape, options);
      }
      return new OnnxModelRunner(
          session,
          manifest,
          new KeyValueCache(shape, environment),
          cross,
          new BlockPool(
              hasEncoder ? 0 : options.prefixCacheBytes(),
              ModelRunner.BLOCK_TOKENS * shape.allBytesOfToken()),
          new StepInputs(
              environment,
              options.slots(),
              options.prefillChunk(),
              MAX_EXTENSION,
              manifest.vocabularySize()),
          NoPart.inputs(session));
    } catch (OrtException e) {
      cross.close();
      IllegalArgumentException unusable =
          new IllegalArgumentException("%s has no inputs".formatted(graph), e);
      closeQuietly(session, unusable);
      throw unusable;
    } catch (RuntimeException e) {
      cross.close();
      closeQuietly(session, e);
      throw e;
    }
  }

  @Override
  public int vocabularySize() {
    return manifest.vocabularySize();
  }

  @Override
  public int slots() {
    return cache.shape().slots();
  }

  @Override
  public int capacity() {
    return cache.shape().capacity();
  }

  @Override
  public int inputCapacity() {
    return cross.capacity();
  }

  /** Bytes of key/value memory when every slot is full, that of inputs included. */
  public long cacheBytes() {
    return cache.shape().bytes() + cross.bytes();
  }

  /** Whether keys and values are rounded to integers. */
  public boolean hasIntegerCache() {
    return cache.shape().type() == OnnxJavaType.INT8;
  }

  @Override
  public void encode(int slot, Prompt input) {
    cross.encode(slot, input);
  }

  @Override
  public void prefill(PromptPart part) {
    prefill(part, 0);
  }

  /**
   * @param row of the logits
   */
  private void prefill(PromptPart part, int row) {
    try {
      KeyValueCache.View slot = cache.slot(part.slot(), part.to());
      run(inputs.prefill(part, row), slot, cross.slots(part.slot(), 1));
    } catch (OrtException e) {
      throw failed("prefill %d tokens".formatted(part.length()), e);
    }
  }

  @Override
  public void decode(int rows, int[] tokens, int[] lengths, @Nullable PromptPart beside) {
    try {
      KeyValueCache.View slots = cache.rows(rows, lengths);
      if (beside != null && !noPart.isEmpty()) {
        KeyValueCache.View slot = cache.part(beside.slot(), beside.to());
        run(inputs.decode(rows, tokens, lengths, beside), slots, slot);
        return;
      }
      run(inputs.decode(rows, tokens, lengths), slots, cross.slots(0, rows));
    } catch (OrtException e) {
      throw failed("decode %d rows".formatted(rows), e);
    }
    if (beside != null) {
      // A graph without parts takes it in a run of its own.
      prefill(beside, rows);
    }
  }

  @Override
  public int maxExtension() {
    return MAX_EXTENSION;
  }

  @Override
  public void extend(int slot, int length, int[] tokens, int count) {
    try {
      run(
          inputs.extend(length, tokens, count),
          cache.slot(slot, length + count),
          cross.slots(slot, 1));
    } catch (OrtException e) {
      throw failed("extend by %d tokens".formatted(count), e);
    }
  }

  @Override
  public void readLogits(int row, float[] into) {
    inputs.readLogits(row, into);
  }

  @Override
  public void copySlot(int from, int to, int tokens) {
    cache.copy(from, to, tokens);
    cross.copy(from, to);
  }

  @Override
  public void freeSlot(int slot) {
    cache.free(slot);
    cross.free(slot);
  }

  @Override
  public int blocks() {
    return blocks.count();
  }

  @Override
  public long blockBytes() {
    return ModelRunner.BLOCK_TOKENS * cache.shape().allBytesOfToken();
  }

  @Override
  public void saveBlock(int slot, int from, int block) {
    cache.save(slot, from, blocks.block(block));
  }

  @Override
  public void restoreBlock(int block, int slot, int from) {
    cache.restore(blocks.block(block), slot, from);
  }

  @Override
  public void close() {
    inputs.close();
    noPart.values().forEach(OnnxTensor::close);
    cache.close();
    cross.close();
    blocks.close();
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("cannot close the session of " + manifest.name(), e);
    }
  }

  private void run(
      StepInputs.Tensors step, KeyValueCache.View slots, Map<String, OnnxTensor> attended)
      throws OrtException {
    Map<String, OnnxTensor> in = new HashMap<>(slots.past());
    in.putAll(noPart);
    in.putAll(attended);
    in.putAll(step.inputs());
    run(in, new HashMap<>(slots.present()), step.logits());
  }

  private void run(StepInputs.Tensors step, KeyValueCache.View slots, KeyValueCache.View part)
      throws OrtException {
    Map<String, OnnxTensor> in = new HashMap<>(slots.past());
    in.putAll(part.past());
    in.putAll(step.inputs());
    Map<String, OnnxTensor> out = new HashMap<>(slots.present());
    out.putAll(part.present());
    run(in, out, step.logits());
  }

  private void run(
      Map<String, OnnxTensor> inputs, Map<String, OnnxTensor> outputs, OnnxTensor logits)
      throws OrtException {
    outputs.put(StepInputs.LOGITS, logits);
    session.run(inputs, Set.of(), outputs).close();
  }

  private WeftException failed(String what, OrtException e) {
    return new WeftException.Internal(
        "model %s failed to %s: %s".formatted(manifest.name(), what, e.getCode()), e);
  }

  private static void closeQuietly(OrtSession session, RuntimeException because) {
    try {
      session.close();
    } catch (OrtException e) {
      because.addSuppressed(e);
    }
  }
}
