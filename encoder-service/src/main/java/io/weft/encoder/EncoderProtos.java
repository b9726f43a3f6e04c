package io.weft.encoder;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.weft.encoder.model.TokenSequence;
import io.weft.encoder.task.Alignment;
import io.weft.proto.common.v1.EncoderInfo;
import io.weft.proto.common.v1.ItemError;
import io.weft.proto.common.v1.ModelInfo;
import io.weft.proto.common.v1.TextSpan;
import io.weft.proto.encoder.v1.AlignedInput;
import io.weft.proto.encoder.v1.TokenInput;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.Statuses;
import io.weft.runtime.model.ModelManifest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the messages of several RPCs have in common. */
final class EncoderProtos {
  private EncoderProtos() {}

  /** Sequences as they came, unchecked. */
  static List<TokenSequence> sequences(List<TokenInput> inputs) {
    return inputs.stream().map(EncoderProtos::sequence).toList();
  }

  static TokenSequence sequence(TokenInput input) {
    int[] types = input.getTypeIdsCount() == 0 ? null : ints(input.getTypeIdsList());
    return new TokenSequence(ints(input.getIdsList()), types);
  }

  /** Where tokens stand, as it came, unchecked. */
  private static Alignment alignment(AlignedInput input) {
    int[] starts = new int[input.getOffsetsCount()];
    int[] ends = new int[starts.length];
    for (int i = 0; i < starts.length; i++) {
      starts[i] = input.getOffsets(i).getStart();
      ends[i] = input.getOffsets(i).getEnd();
    }
    return new Alignment(
        starts, ends, ints(input.getWordIdsList()), ints(input.getSequenceIdsList()));
  }

  /** Sequences with their alignments; an alignment that does not fit fails its item. */
  static Items aligned(List<AlignedInput> inputs, boolean needsWords) {
    List<TokenSequence> sequences = new ArrayList<>(inputs.size());
    List<Alignment> alignments = new ArrayList<>(inputs.size());
    List<@Nullable WeftException> failures = new ArrayList<>(inputs.size());
    for (AlignedInput input : inputs) {
      TokenSequence sequence = sequence(input.getTokens());
      Alignment alignment = alignment(input);
      sequences.add(sequence);
      alignments.add(alignment);
      failures.add(alignment.violation(sequence.length(), needsWords));
    }
    return new Items(sequences, alignments, failures);
  }

  static int[] ints(List<Integer> values) {
    int[] ints = new int[values.size()];
    for (int i = 0; i < ints.length; i++) {
      ints[i] = values.get(i);
    }
    return ints;
  }

  static TextSpan span(int start, int end) {
    return TextSpan.newBuilder().setStart(start).setEnd(end).build();
  }

  static ItemError error(WeftException failure) {
    return ItemError.newBuilder()
        .setCode(Statuses.code(failure).getNumber())
        .setMessage(String.valueOf(failure.getMessage()))
        .setReason(failure.reason())
        .build();
  }

  /** Bytes that nobody else writes to, without a copy. */
  static ByteString owned(byte[] bytes) {
    return UnsafeByteOperations.unsafeWrap(bytes);
  }

  /**
   * @param attentions whether the model's folder has a graph for them
   */
  static ModelInfo modelInfo(ModelManifest manifest, boolean attentions) {
    return ModelInfo.newBuilder()
        .setName(manifest.name())
        .setFamily(manifest.family().toString())
        .addAllTasks(manifest.tasks())
        .setDtype(manifest.dtype())
        .setContextLength(manifest.contextLength())
        .setHiddenSize(manifest.hiddenSize())
        .setCreatedUnixS(manifest.createdUnixS())
        .setEncoder(encoderInfo(manifest, attentions))
        .build();
  }

  private static EncoderInfo encoderInfo(ModelManifest manifest, boolean attentions) {
    EncoderInfo.Builder info =
        EncoderInfo.newBuilder()
            .setLayers(manifest.layers())
            .setHeads(manifest.heads())
            .setAttentions(attentions);
    Integer mask = manifest.tokens().mask();
    if (mask != null) {
      info.setMaskTokenId(mask);
    }
    ModelManifest.PoolingSpec pooling = manifest.pooling();
    if (pooling != null && manifest.tasks().contains(ModelManifest.TASK_EMBED)) {
      info.setPooling(pooling.mode()).setNormalize(pooling.normalize());
    }
    ModelManifest.EncoderSpec encoder = manifest.encoder();
    if (encoder == null) {
      return info.build();
    }
    info.addAllLabels(encoder.labels());
    String problemType = encoder.problemType();
    if (problemType != null) {
      info.setProblemType(problemType);
      if (encoder.labels().size() == 1) {
        String activation = encoder.activation();
        info.setActivation(activation == null ? ModelManifest.SIGMOID : activation);
      }
    }
    return info.build();
  }
}
