package io.weft.encoder;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.weft.encoder.batch.Outcome;
import io.weft.encoder.model.TokenSequence;
import io.weft.encoder.task.EmbedOptions;
import io.weft.encoder.task.HiddenStatesTask;
import io.weft.encoder.task.PoolingMode;
import io.weft.encoder.task.VectorFormat;
import io.weft.proto.common.v1.ItemError;
import io.weft.proto.common.v1.ModelInfo;
import io.weft.proto.encoder.v1.EmbedRequest;
import io.weft.proto.encoder.v1.EmbedResponse;
import io.weft.proto.encoder.v1.EmbedResult;
import io.weft.proto.encoder.v1.FloatTensor;
import io.weft.proto.encoder.v1.GetHiddenStatesResponse;
import io.weft.proto.encoder.v1.HiddenStates;
import io.weft.proto.encoder.v1.HiddenStatesResult;
import io.weft.proto.encoder.v1.Pooling;
import io.weft.proto.encoder.v1.TokenInput;
import io.weft.proto.encoder.v1.Vector;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.Statuses;
import io.weft.runtime.model.ModelManifest;
import java.util.List;
import java.util.Locale;

/** Between the contract's messages and the service's own types. */
final class EncoderProtos {
  private EncoderProtos() {}

  /** Sequences as they came, unchecked. */
  static List<TokenSequence> sequences(List<TokenInput> inputs) {
    return inputs.stream().map(EncoderProtos::sequence).toList();
  }

  private static TokenSequence sequence(TokenInput input) {
    int[] ids = new int[input.getIdsCount()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = input.getIds(i);
    }
    if (input.getTypeIdsCount() == 0) {
      return new TokenSequence(ids, null);
    }
    int[] typeIds = new int[input.getTypeIdsCount()];
    for (int i = 0; i < typeIds.length; i++) {
      typeIds[i] = input.getTypeIds(i);
    }
    return new TokenSequence(ids, typeIds);
  }

  /** The request's wishes, completed by what the model folder says. */
  static EmbedOptions options(EmbedRequest request, ModelManifest manifest) {
    ModelManifest.PoolingSpec own = manifest.pooling();
    PoolingMode pooling =
        switch (request.getPooling()) {
          case POOLING_UNSPECIFIED -> own == null ? null : PoolingMode.ofManifest(own.mode());
          case POOLING_CLS -> PoolingMode.CLS;
          case POOLING_MEAN -> PoolingMode.MEAN;
          case POOLING_MAX -> PoolingMode.MAX;
          case POOLING_LAST_TOKEN -> PoolingMode.LAST_TOKEN;
          case POOLING_WEIGHTED_MEAN -> PoolingMode.WEIGHTED_MEAN;
          case UNRECOGNIZED -> throw unknown("pooling", request.getPoolingValue());
        };
    if (pooling == null) {
      throw new WeftException.InvalidRequest(
          "POOLING_REQUIRED", "the model has no pooling of its own: name one", "pooling");
    }
    boolean normalize =
        request.hasNormalize() ? request.getNormalize() : own != null && own.normalize();
    return new EmbedOptions(pooling, normalize, dimensions(request, manifest));
  }

  private static int dimensions(EmbedRequest request, ModelManifest manifest) {
    int dimensions = request.getDimensions();
    if (dimensions < 0 || dimensions > manifest.hiddenSize()) {
      throw new WeftException.InvalidRequest(
          "DIMENSIONS_OUT_OF_RANGE",
          String.format(
              Locale.ROOT,
              "dimensions is %,d, it must be 0 (all) to %,d",
              dimensions,
              manifest.hiddenSize()),
          "dimensions");
    }
    return dimensions == 0 ? manifest.hiddenSize() : dimensions;
  }

  /** The format that the request asks for. */
  static VectorFormat format(EmbedRequest request, EmbedOptions options) {
    VectorFormat format =
        switch (request.getFormat()) {
          case VECTOR_FORMAT_UNSPECIFIED, VECTOR_FORMAT_FLOAT -> VectorFormat.FLOAT;
          case VECTOR_FORMAT_INT8 -> VectorFormat.INT8;
          case VECTOR_FORMAT_BINARY -> VectorFormat.BINARY;
          case UNRECOGNIZED -> throw unknown("format", request.getFormatValue());
        };
    if (format == VectorFormat.INT8 && !options.normalize()) {
      throw new WeftException.InvalidRequest(
          "FORMAT_NEEDS_NORMALIZE",
          "int8 holds values from -1 to 1, so it needs normalised vectors",
          "format");
    }
    return format;
  }

  static EmbedResponse embedResponse(
      List<Outcome<float[]>> outcomes, EmbedOptions options, VectorFormat format) {
    EmbedResponse.Builder response =
        EmbedResponse.newBuilder()
            .setPooling(pooling(options.pooling()))
            .setNormalized(options.normalize())
            .setDimensions(options.dimensions());
    for (Outcome<float[]> outcome : outcomes) {
      response.addResults(
          switch (outcome) {
            case Outcome.Done<float[]>(float[] vector) ->
                EmbedResult.newBuilder().setVector(vector(vector, format));
            case Outcome.Failed<float[]>(WeftException failure) ->
                EmbedResult.newBuilder().setError(error(failure));
          });
    }
    return response.build();
  }

  private static Vector vector(float[] values, VectorFormat format) {
    Vector.Builder vector = Vector.newBuilder();
    switch (format) {
      case FLOAT -> {
        for (float value : values) {
          vector.addValues(value);
        }
      }
      case INT8 -> vector.setPacked(owned(VectorFormat.toInt8(values)));
      case BINARY -> vector.setPacked(owned(VectorFormat.toBits(values)));
    }
    return vector.build();
  }

  static GetHiddenStatesResponse hiddenStatesResponse(
      List<Outcome<HiddenStatesTask.Result>> outcomes, int hiddenSize) {
    GetHiddenStatesResponse.Builder response = GetHiddenStatesResponse.newBuilder();
    for (Outcome<HiddenStatesTask.Result> outcome : outcomes) {
      response.addResults(
          switch (outcome) {
            case Outcome.Done<HiddenStatesTask.Result>(HiddenStatesTask.Result states) ->
                HiddenStatesResult.newBuilder().setStates(hiddenStates(states, hiddenSize));
            case Outcome.Failed<HiddenStatesTask.Result>(WeftException failure) ->
                HiddenStatesResult.newBuilder().setError(error(failure));
          });
    }
    return response.build();
  }

  private static HiddenStates hiddenStates(HiddenStatesTask.Result states, int hiddenSize) {
    byte[] last = states.lastHiddenState();
    HiddenStates.Builder message =
        HiddenStates.newBuilder()
            .setLastHiddenState(
                FloatTensor.newBuilder()
                    .addShape(last.length / Float.BYTES / hiddenSize)
                    .addShape(hiddenSize)
                    .setData(owned(last)));
    byte[] pooled = states.poolerOutput();
    if (pooled != null) {
      message.setPoolerOutput(FloatTensor.newBuilder().addShape(hiddenSize).setData(owned(pooled)));
    }
    return message.build();
  }

  static ModelInfo modelInfo(ModelManifest manifest) {
    return ModelInfo.newBuilder()
        .setName(manifest.name())
        .setFamily(manifest.family().toString())
        .addAllTasks(manifest.tasks())
        .setDtype(manifest.dtype())
        .setContextLength(manifest.contextLength())
        .setHiddenSize(manifest.hiddenSize())
        .setCreatedUnixS(manifest.createdUnixS())
        .build();
  }

  private static ItemError error(WeftException failure) {
    return ItemError.newBuilder()
        .setCode(Statuses.code(failure).getNumber())
        .setMessage(String.valueOf(failure.getMessage()))
        .setReason(failure.reason())
        .build();
  }

  private static Pooling pooling(PoolingMode mode) {
    return switch (mode) {
      case CLS -> Pooling.POOLING_CLS;
      case MEAN -> Pooling.POOLING_MEAN;
      case MAX -> Pooling.POOLING_MAX;
      case LAST_TOKEN -> Pooling.POOLING_LAST_TOKEN;
      case WEIGHTED_MEAN -> Pooling.POOLING_WEIGHTED_MEAN;
    };
  }

  /** Bytes that nobody else writes to, without a copy. */
  private static ByteString owned(byte[] bytes) {
    return UnsafeByteOperations.unsafeWrap(bytes);
  }

  private static WeftException unknown(String field, int value) {
    return new WeftException.InvalidRequest(
        "UNKNOWN_VALUE", "%s has no value %d".formatted(field, value), field);
  }
}
