package io.weft.runtime.model;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonProperty;
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
 * @param quantization how weights lie in blocks of integers; null where none do, and in folders
 *     made before this was written down
 * @param vocabularySize rows of the embedding table; token ids are below it
 * @param contextLength longest sequence in tokens, prompt and output together; of an
 *     encoder-decoder, longest input and longest output each
 * @param hiddenSize width of the hidden states
 * @param layers transformer blocks; of an encoder-decoder, the decoder's
 * @param heads attention heads
 * @param kvHeads key/value heads; equal to heads without grouped-query attention
 * @param headSize width of one head
 * @param tokens the special tokens
 * @param encoder what only encoders have; null for other families
 * @param generation how the checkpoint's authors generate with it; null for encoders and where
 *     nothing says
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
    @Nullable QuantizationSpec quantization,
    int vocabularySize,
    int contextLength,
    int hiddenSize,
    int layers,
    int heads,
    int kvHeads,
    int headSize,
    SpecialTokens tokens,
    @Nullable EncoderSpec encoder,
    @Nullable GenerationSpec generation,
    long createdUnixS,
    List<FileEntry> files) {
  /** The layout that this code reads and writes. */
  public static final int FORMAT_VERSION = 2;

  /** The task of decoders that continue a prompt. */
  public static final String TASK_GENERATE = "generate";

  /** The task of encoders that turn a text into one vector. */
  public static final String TASK_EMBED = "embed";

  /** The task of encoders that label a text, or a pair of texts. */
  public static final String TASK_CLASSIFY = "classify";

  /** The task of encoders that label each token. */
  public static final String TASK_CLASSIFY_TOKENS = "classify_tokens";

  /** The task of encoders that find the answer to a question in a passage. */
  public static final String TASK_ANSWER_SPANS = "answer_spans";

  /** Of {@link EncoderSpec#problemType}: one label is right; softmax. */
  public static final String SINGLE_LABEL = "single_label_classification";

  /** Of {@link EncoderSpec#problemType}: each label is right or wrong; sigmoid. */
  public static final String MULTI_LABEL = "multi_label_classification";

  /** Of {@link EncoderSpec#problemType}: the logits themselves. */
  public static final String REGRESSION = "regression";

  /** Of {@link EncoderSpec#activation}. */
  public static final String SIGMOID = "sigmoid";

  /** Of {@link EncoderSpec#activation}. */
  public static final String IDENTITY = "identity";

  /** The task of encoders that fill in masked tokens. */
  public static final String TASK_FILL_MASK = "fill_mask";

  public ModelManifest {
    tasks = List.copyOf(tasks);
    files = List.copyOf(files);
  }

  /** How an encoder's token vectors become one unless a request says otherwise; else null. */
  public @Nullable PoolingSpec pooling() {
    return encoder == null ? null : encoder.pooling;
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
   * How weights lie in blocks of integers that share a scale.
   *
   * @param blockSize values in a block quantised by the importer; blocks carried over from the
   *     checkpoint keep their own size
   * @param symmetric whether blocks quantised by the importer go without zero points
   * @param formats which formats of the checkpoint became which, largest first
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  public record QuantizationSpec(int blockSize, boolean symmetric, List<WrittenFormat> formats) {
    public QuantizationSpec {
      formats = List.copyOf(formats);
    }
  }

  /**
   * Tensors that had one format in the checkpoint and have one in the folder.
   *
   * @param source the checkpoint's format, {@code Q4_1}
   * @param format as written: {@code fp32}, {@code fp16}, {@code 4-bit blocks of 32}, ...
   * @param exact whether the values are the checkpoint's, but for a rounding of a 32-bit float
   * @param tensors of the checkpoint
   * @param bytes written, scales and all
   */
  public record WrittenFormat(
      String source, String format, boolean exact, int tensors, long bytes) {}

  /**
   * Special token ids.
   *
   * @param bos put before every prompt by the tokenizer; null if the model does not want it
   * @param eos any of these ends a generated sequence
   * @param pad fills short rows; null where the model has none
   * @param mask stands for a token to be filled in; null where the model has none
   */
  public record SpecialTokens(
      @Nullable Integer bos, List<Integer> eos, @Nullable Integer pad, @Nullable Integer mask) {
    public SpecialTokens {
      eos = List.copyOf(eos);
    }
  }

  /**
   * What only encoders have.
   *
   * @param layout how the graph takes its sequences
   * @param pooling how token vectors become one unless a request says otherwise
   * @param labels names of a classification head's outputs, by index; empty without one
   * @param problemType how a sequence classification head was trained: {@code
   *     single_label_classification} (softmax), {@code multi_label_classification} (sigmoid) or
   *     {@code regression}; null without one
   * @param activation what makes a pair's score of the logit of a head with one label: {@code
   *     sigmoid} or {@code identity}; null with other heads, and in folders made before this was
   *     written down
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  public record EncoderSpec(
      Layout layout,
      @Nullable PoolingSpec pooling,
      List<String> labels,
      // As older folders of this format version spell it.
      @JsonAlias("problemType") @Nullable String problemType,
      @Nullable String activation) {
    public EncoderSpec {
      labels = List.copyOf(labels);
    }
  }

  /** How an encoder's graph takes its sequences. */
  public enum Layout {
    /** Behind each other, without padding; see docs/model-folder.md. */
    @JsonProperty("packed")
    PACKED,
    /** As rows [batch, longest] with an attention mask, as exported graphs have them. */
    @JsonProperty("padded")
    PADDED
  }

  /**
   * How the checkpoint's authors generate with it; null where they do not say.
   *
   * @param temperature divides the logits; null too where they decode greedily
   * @param topP least total probability of the tokens kept, in [0, 1]
   * @param topK number of tokens kept; 0 keeps all
   * @param repetitionPenalty divides positive logits of tokens seen before, multiplies negative
   *     ones
   * @param decoderStart the token that an encoder-decoder's output starts from
   */
  public record GenerationSpec(
      @Nullable Float temperature,
      @Nullable Float topP,
      @Nullable Integer topK,
      @Nullable Float repetitionPenalty,
      @Nullable Integer decoderStart) {}

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
