package io.weft.gateway.backend;

import io.weft.proto.encoder.v1.EmbedRequest;
import io.weft.proto.encoder.v1.FloatTensor;
import io.weft.proto.encoder.v1.LabelScores;
import io.weft.proto.encoder.v1.Pooling;
import io.weft.proto.encoder.v1.TokenInput;
import io.weft.proto.encoder.v1.Vector;
import io.weft.proto.encoder.v1.VectorFormat;
import io.weft.runtime.error.WeftException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Between the encoder's messages and our own types. */
final class EncoderProtos {
  private EncoderProtos() {}

  static EmbedRequest embedRequest(String model, List<TokenInput> inputs, EmbedOptions options) {
    EmbedRequest.Builder request =
        EmbedRequest.newBuilder()
            .setModel(model)
            .addAllInputs(inputs)
            .setDimensions(options.dimensions())
            .setPooling(pooling(options.pooling()))
            .setFormat(
                switch (options.format()) {
                  case FLOAT -> VectorFormat.VECTOR_FORMAT_FLOAT;
                  case INT8 -> VectorFormat.VECTOR_FORMAT_INT8;
                  case BINARY -> VectorFormat.VECTOR_FORMAT_BINARY;
                });
    if (options.normalize() != null) {
      request.setNormalize(options.normalize());
    }
    return request.build();
  }

  static List<TokenInput> inputs(List<EncodedText> sequences) {
    return sequences.stream().map(EncoderProtos::input).toList();
  }

  static TokenInput input(EncodedText sequence) {
    TokenInput.Builder input = TokenInput.newBuilder();
    sequence.ids().forEach(input::addIds);
    sequence.typeIds().forEach(input::addTypeIds);
    return input.build();
  }

  static EmbeddedTexts.Vector vector(Vector vector, EmbedOptions.Format format) {
    return switch (format) {
      case FLOAT -> {
        float[] values = new float[vector.getValuesCount()];
        for (int i = 0; i < values.length; i++) {
          values[i] = vector.getValues(i);
        }
        yield new EmbeddedTexts.Floats(values);
      }
      case INT8, BINARY -> new EmbeddedTexts.Packed(vector.getPacked().toByteArray());
    };
  }

  static List<LabelScore> labels(LabelScores scores) {
    return scores.getLabelsList().stream()
        .map(label -> new LabelScore(label.getLabel(), label.getIndex(), label.getScore()))
        .toList();
  }

  static float[][] matrix(FloatTensor tensor) {
    FloatBuffer data = data(tensor, 2);
    return rows(data, tensor.getShape(0), tensor.getShape(1));
  }

  static float[] vector(FloatTensor tensor) {
    FloatBuffer data = data(tensor, 1);
    float[] values = new float[data.remaining()];
    data.get(values);
    return values;
  }

  /** One matrix of shape (tokens, tokens) for each layer's each head. */
  static List<float[][]> matrices(FloatTensor tensor) {
    FloatBuffer data = data(tensor, 4);
    int count = tensor.getShape(0) * tensor.getShape(1);
    List<float[][]> matrices = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      matrices.add(rows(data, tensor.getShape(2), tensor.getShape(3)));
    }
    return matrices;
  }

  private static float[][] rows(FloatBuffer data, int count, int width) {
    float[][] rows = new float[count][width];
    for (float[] row : rows) {
      data.get(row);
    }
    return rows;
  }

  /** The tensor's values, which are as many as its shape says. */
  private static FloatBuffer data(FloatTensor tensor, int dimensions) {
    long values =
        tensor.getShapeList().stream().mapToLong(Integer::longValue).reduce(1, (a, b) -> a * b);
    if (tensor.getShapeCount() != dimensions || values * Float.BYTES != tensor.getData().size()) {
      throw new WeftException.Internal(
          "the encoder gave a tensor of %,d dimensions in %,d bytes"
              .formatted(tensor.getShapeCount(), tensor.getData().size()),
          null);
    }
    return tensor.getData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
  }

  private static Pooling pooling(EmbedOptions.@Nullable Pooling pooling) {
    return switch (pooling) {
      case null -> Pooling.POOLING_UNSPECIFIED;
      case CLS -> Pooling.POOLING_CLS;
      case MEAN -> Pooling.POOLING_MEAN;
      case MAX -> Pooling.POOLING_MAX;
      case LAST_TOKEN -> Pooling.POOLING_LAST_TOKEN;
      case WEIGHTED_MEAN -> Pooling.POOLING_WEIGHTED_MEAN;
    };
  }

  /** The pooling as the REST API names it. */
  static String name(Pooling pooling) {
    return switch (pooling) {
      case POOLING_UNSPECIFIED, UNRECOGNIZED -> "";
      case POOLING_CLS -> "cls";
      case POOLING_MEAN -> "mean";
      case POOLING_MAX -> "max";
      case POOLING_LAST_TOKEN -> "last_token";
      case POOLING_WEIGHTED_MEAN -> "weighted_mean";
    };
  }
}
