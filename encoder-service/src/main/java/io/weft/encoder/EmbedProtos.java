package io.weft.encoder;

import io.weft.encoder.batch.Outcome;
import io.weft.encoder.task.EmbedOptions;
import io.weft.encoder.task.PoolingMode;
import io.weft.encoder.task.VectorFormat;
import io.weft.proto.encoder.v1.EmbedRequest;
import io.weft.proto.encoder.v1.EmbedResponse;
import io.weft.proto.encoder.v1.EmbedResult;
import io.weft.proto.encoder.v1.Pooling;
import io.weft.proto.encoder.v1.Vector;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.model.ModelManifest;
import java.util.List;
import java.util.Locale;

/** The messages of Embed. */
final class EmbedProtos {
  private EmbedProtos() {}

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
          case UNRECOGNIZED -> throw RequestLimits.unknown("pooling", request.getPoolingValue());
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
          case UNRECOGNIZED -> throw RequestLimits.unknown("format", request.getFormatValue());
        };
    if (format == VectorFormat.INT8 && !options.normalize()) {
      throw new WeftException.InvalidRequest(
          "FORMAT_NEEDS_NORMALIZE",
          "int8 holds values from -1 to 1, so it needs normalised vectors",
          "format");
    }
    return format;
  }

  static EmbedResponse response(
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
                EmbedResult.newBuilder().setError(EncoderProtos.error(failure));
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
      case INT8 -> vector.setPacked(EncoderProtos.owned(VectorFormat.toInt8(values)));
      case BINARY -> vector.setPacked(EncoderProtos.owned(VectorFormat.toBits(values)));
    }
    return vector.build();
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
}
