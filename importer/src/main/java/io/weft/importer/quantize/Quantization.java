package io.weft.importer.quantize;

import io.weft.importer.error.ImportException;
import io.weft.runtime.model.Family;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How weights are to be written, as the user asks for it.
 *
 * @param dtype number format; null takes int4 for decoders and fp32 for encoders
 * @param blockSize values that share a scale: 16, 32, 64 or 128; null takes 32, or what the
 *     checkpoint itself has. Asking for a size quantises anew what the checkpoint has in blocks
 * @param asymmetric give each block a zero point. Quantises anew what the checkpoint has in blocks
 * @param requantize quantise anew what the checkpoint has in blocks
 * @param head number format of the layer that scores the vocabulary; null takes the default
 * @param embedding number format of the table of token vectors; null takes the default
 * @param kvCache number format of a decoder's key/value cache; null takes that of its activations
 */
public record Quantization(
    @Nullable Dtype dtype,
    @Nullable Integer blockSize,
    boolean asymmetric,
    boolean requantize,
    @Nullable Dtype head,
    @Nullable Dtype embedding,
    @Nullable Dtype kvCache) {
  /** All defaults. */
  public static final Quantization DEFAULT = of(null);

  private static final List<Integer> BLOCK_SIZES = List.of(16, 32, 64, 128);
  private static final int DEFAULT_BLOCK_SIZE = 32;

  /** Weights as asked for, caches as by default. */
  public Quantization(
      @Nullable Dtype dtype,
      @Nullable Integer blockSize,
      boolean asymmetric,
      boolean requantize,
      @Nullable Dtype head,
      @Nullable Dtype embedding) {
    this(dtype, blockSize, asymmetric, requantize, head, embedding, null);
  }

  /** All defaults but the number format. */
  public static Quantization of(@Nullable Dtype dtype) {
    return new Quantization(dtype, null, false, false, null, null);
  }

  /** The same with another number format. */
  public Quantization withDtype(@Nullable Dtype newDtype) {
    return new Quantization(newDtype, blockSize, asymmetric, requantize, head, embedding, kvCache);
  }

  /** The same with another number format of caches. */
  public Quantization withKvCache(@Nullable Dtype newKvCache) {
    return new Quantization(dtype, blockSize, asymmetric, requantize, head, embedding, newKvCache);
  }

  /**
   * Whether the key/value cache has to be rewritten in 8 bits.
   *
   * @param plan what these options come to
   * @param family of the model
   * @throws ImportException when the options do not go together
   */
  public boolean hasInt8Cache(WeightPlan plan, Family family) {
    if (kvCache == null) {
      return false;
    }
    if (family != Family.DECODER) {
      throw new ImportException("--kv-cache goes with decoders, this is an %s".formatted(family));
    }
    Dtype activations = plan.dtype() == Dtype.FP16 ? Dtype.FP16 : Dtype.FP32;
    if (kvCache == activations) {
      return false;
    }
    // ONNX Runtime would convert a cache in other floats as a whole in every step.
    if (kvCache != Dtype.INT8 || activations == Dtype.FP16) {
      throw new ImportException(
          "--kv-cache %s does not go with --dtype %s; supported: %s"
              .formatted(kvCache, plan.dtype(), activations == Dtype.FP16 ? "fp16" : "fp32, int8"));
    }
    return true;
  }

  /** The same with another number format of the table of token vectors. */
  public Quantization withEmbedding(@Nullable Dtype newEmbedding) {
    return new Quantization(dtype, blockSize, asymmetric, requantize, head, newEmbedding, kvCache);
  }

  /**
   * What this comes to for a model.
   *
   * @param fallback the number format where none is asked for
   * @throws ImportException when the options do not go together
   */
  public WeightPlan plan(Dtype fallback) {
    Dtype chosen = dtype == null ? fallback : dtype;
    check("--head-dtype", head, chosen);
    check("--embedding-dtype", embedding, chosen);
    if (blockSize != null && !BLOCK_SIZES.contains(blockSize)) {
      throw new ImportException(
          "--block-size %d is not supported; supported: 16, 32, 64, 128".formatted(blockSize));
    }
    WeightPlan plan =
        new WeightPlan(
            chosen,
            blockSize == null ? DEFAULT_BLOCK_SIZE : blockSize,
            !asymmetric,
            head,
            embedding,
            blockSize == null && !asymmetric && !requantize);
    if (!plan.hasBlocks() && (blockSize != null || asymmetric)) {
      throw new ImportException(
          "%s is about blocks of integers, and --dtype %s has none; it goes with int8 and int4"
              .formatted(asymmetric ? "--asymmetric" : "--block-size", chosen));
    }
    return plan;
  }

  private static void check(String option, @Nullable Dtype part, Dtype all) {
    if (part == null || part == all) {
      return;
    }
    if (part == Dtype.W8A8 || all == Dtype.W8A8) {
      throw new ImportException(
          "%s %s does not go with --dtype %s: w8a8 is for all linear layers of a model together"
              .formatted(option, part, all));
    }
    if (part == Dtype.FP16) {
      throw new ImportException(
          "%s fp16 goes with --dtype fp16 only: the rest of a graph of %s computes in fp32"
              .formatted(option, all));
    }
    if (all == Dtype.FP16 && !part.isFloat()) {
      throw new ImportException(
          "%s %s goes with fp32, int8 and int4, not with --dtype fp16: the scales of a block are"
                  .formatted(option, part)
              + " written in fp32");
    }
  }
}
