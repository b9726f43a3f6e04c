package io.weft.runtime.model;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code model.json}: all that a service has to know of a model folder beside its graph and its
 * tokenizer. Written by the importer, read by every service; names in the file are snake_case.
 *
 * @param formatVersion layout of the folder; readers refuse any but {@link #FORMAT_VERSION}
 * @param name the folder's name, what requests call the model
 * @param family what kind of graph this is
 * @param architecture the checkpoint's architecture: {@code llama}, {@code bert}, ...
 * @param tasks what the model can be asked for: {@code generate}, {@code embed}, ...
 * @param source where the weights came from
 * @param dtype number format of the weights: {@code fp32}, {@code fp16}, {@code int8}, {@code int4}
 * @param vocabularySize rows of the embedding table; token ids are below it
 * @param contextLength longest sequence in tokens, prompt and output together
 * @param hiddenSize width of the hidden states
 * @param layers transformer blocks
 * @param heads attention heads
 * @param kvHeads key/value heads; equal to heads without grouped-query attention
 * @param headSize width of one head
 * @param tokens the special tokens
 * @param pooling how an encoder's token vectors become one; null for decoders
 * @param labels names of a classification head's outputs, by index; empty without one
 * @param createdUnixS when the folder was made, seconds since 1970-01-01 UTC
 * @param files every other file of the folder
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record ModelManifest(
    int formatVersion,
    String name,
    Family family,
    String architecture,
    List<String> tasks,
    Source source,
    String dtype,
    int vocabularySize,
    int contextLength,
    int hiddenSize,
    int layers,
    int heads,
    int kvHeads,
    int headSize,
    SpecialTokens tokens,
    @Nullable PoolingSpec pooling,
    List<String> labels,
    long createdUnixS,
    List<FileEntry> files) {
  /** The layout that this code reads and writes. */
  public static final int FORMAT_VERSION = 1;

  /** The task of decoders that continue a prompt. */
  public static final String TASK_GENERATE = "generate";

  /** The task of encoders that turn a text into one vector. */
  public static final String TASK_EMBED = "embed";

  public ModelManifest {
    tasks = List.copyOf(tasks);
    labels = List.copyOf(labels);
    files = List.copyOf(files);
  }

  /**
   * Where the weights came from.
   *
   * @param kind {@code huggingface}, {@code gguf} or {@code onnx}
   * @param location what was imported, as the user named it
   * @param sha256 of the weights file, lower-case hex
   */
  public record Source(String kind, String location, String sha256) {}

  /**
   * Special token ids.
   *
   * @param bos put before every prompt by the tokenizer; null if the model does not want it
   * @param eos any of these ends a generated sequence
   * @param pad fills short rows; null where the model has none
   */
  public record SpecialTokens(@Nullable Integer bos, List<Integer> eos, @Nullable Integer pad) {
    public SpecialTokens {
      eos = List.copyOf(eos);
    }
  }

  /**
   * How token vectors become one.
   *
   * @param mode {@code cls}, {@code mean}, {@code max}, {@code last_token} or {@code weighted_mean}
   * @param normalize scale the result to length 1
   */
  public record PoolingSpec(String mode, boolean normalize) {}

  /**
   * A file of the folder.
   *
   * @param name relative to the folder
   * @param size in bytes
   * @param sha256 lower-case hex
   */
  public record FileEntry(String name, long size, String sha256) {}
}
