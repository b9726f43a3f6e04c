package io.weft.gateway.grpc;

import com.google.protobuf.ByteString;
import io.weft.gateway.backend.EncodeOptions.Cut;
import io.weft.gateway.backend.TextPair;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.models.Model;
import io.weft.proto.inference.InferParameter;
import io.weft.proto.inference.InferTensorContents;
import io.weft.proto.inference.ModelInferRequest;
import io.weft.proto.inference.ModelInferRequest.InferInputTensor;
import io.weft.proto.inference.ModelInferRequest.InferRequestedOutputTensor;
import io.weft.proto.inference.ModelInferResponse;
import io.weft.proto.inference.ModelInferResponse.InferOutputTensor;
import io.weft.proto.inference.ModelMetadataResponse;
import io.weft.proto.inference.ModelMetadataResponse.TensorMetadata;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The tensors of the Open Inference Protocol: texts in, numbers out. */
final class InferProtos {
  /** The only version of each model. */
  static final String VERSION = "1";

  private static final String INPUT = "text";
  private static final int MAX_TEXTS = 2_048;
  private static final long ANY = -1;

  private InferProtos() {}

  /** What a model gives. */
  enum Output {
    /** A vector a text. */
    EMBEDDING("embedding"),
    /** A probability a label. */
    SCORES("scores"),
    /** The score of a pair. */
    SCORE("score");

    private final String tensor;

    Output(String tensor) {
      this.tensor = tensor;
    }

    static Output of(Model model) {
      if (model.isReranker()) {
        return SCORE;
      }
      return model.tasks().contains("embed") ? EMBEDDING : SCORES;
    }
  }

  static ModelMetadataResponse metadata(Model model) {
    Output output = Output.of(model);
    TensorMetadata.Builder input =
        TensorMetadata.newBuilder().setName(INPUT).setDatatype("BYTES").addShape(ANY);
    long width =
        switch (output) {
          case EMBEDDING -> model.encoder().hiddenSize();
          case SCORES -> model.labels().size();
          case SCORE -> {
            input.addShape(2);
            yield 1;
          }
        };
    return ModelMetadataResponse.newBuilder()
        .setName(model.name())
        .addVersions(VERSION)
        .setPlatform("weft")
        .addInputs(input)
        .addOutputs(
            TensorMetadata.newBuilder()
                .setName(output.tensor)
                .setDatatype("FP32")
                .addShape(ANY)
                .addShape(width))
        .build();
  }

  static Cut cut(ModelInferRequest request) {
    InferParameter truncate = request.getParametersMap().get("truncate");
    if (truncate == null) {
      return Cut.NONE;
    }
    if (!truncate.hasBoolParam()) {
      throw Invalid.type("parameters.truncate", "a bool_param", "another parameter_choice");
    }
    return truncate.getBoolParam() ? Cut.END : Cut.NONE;
  }

  /** Refuses outputs that the model does not have. */
  static void checkOutputs(ModelInferRequest request, Output output) {
    for (InferRequestedOutputTensor wanted : request.getOutputsList()) {
      if (!wanted.getName().equals(output.tensor)) {
        throw Invalid.value("outputs", "outputs may only name %s".formatted(output.tensor));
      }
      if (wanted.containsParameters("classification")) {
        throw Invalid.unsupported(
            "outputs.parameters.classification",
            "outputs.parameters.classification is not supported");
      }
    }
  }

  /** The texts, or pairs, of the only input. */
  static List<TextPair> texts(ModelInferRequest request, Output output) {
    Fields.count("inputs", request.getInputsCount(), 1, 1);
    InferInputTensor input = request.getInputs(0);
    if (!input.getName().equals(INPUT) || !input.getDatatype().equals("BYTES")) {
      throw Invalid.value("inputs[0]", "inputs[0] must have the name text and the datatype BYTES");
    }
    int width = output == Output.SCORE ? 2 : 1;
    int count = rows(input.getShapeList(), width);
    List<ByteString> values = values(request, input, count * width);
    List<TextPair> texts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      texts.add(
          new TextPair(
              text(values.get(i * width), i),
              width == 2 ? text(values.get(i * width + 1), i) : null));
    }
    return texts;
  }

  private static int rows(List<Long> shape, int width) {
    boolean fits =
        width == 1
            ? shape.size() == 1 || (shape.size() == 2 && shape.get(1) == 1)
            : shape.size() == 2 && shape.get(1) == width;
    if (!fits) {
      throw Invalid.value(
          "inputs[0].shape",
          "inputs[0].shape must be %s".formatted(width == 1 ? "[n] or [n, 1]" : "[n, 2]"));
    }
    long rows = shape.getFirst();
    if (rows < 1 || rows > MAX_TEXTS) {
      throw Invalid.range(
          "inputs[0].shape",
          "inputs[0].shape begins with %,d, it must be between 1 and %,d"
              .formatted(rows, MAX_TEXTS));
    }
    return (int) rows;
  }

  private static List<ByteString> values(
      ModelInferRequest request, InferInputTensor input, int count) {
    List<ByteString> values;
    if (request.getRawInputContentsCount() == 0) {
      values = input.getContents().getBytesContentsList();
    } else if (request.getRawInputContentsCount() == 1 && !input.hasContents()) {
      values = split(request.getRawInputContents(0), count);
    } else {
      throw Invalid.value(
          "raw_input_contents",
          "raw_input_contents has %,d entries: there must be 1, and no contents beside it"
              .formatted(request.getRawInputContentsCount()));
    }
    if (values.size() != count) {
      throw Invalid.value(
          "inputs[0].contents",
          "inputs[0] has %,d texts, its shape says %,d".formatted(values.size(), count));
    }
    return values;
  }

  /** Texts, each behind its length, at most one more than {@code count}. */
  private static List<ByteString> split(ByteString raw, int count) {
    List<ByteString> values = new ArrayList<>(count);
    ByteBuffer bytes = raw.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining() && values.size() <= count) {
      int length = bytes.remaining() < Integer.BYTES ? -1 : bytes.getInt();
      if (length < 0 || length > bytes.remaining()) {
        throw Invalid.value(
            "raw_input_contents", "raw_input_contents ends within a text or its length");
      }
      values.add(raw.substring(bytes.position(), bytes.position() + length));
      bytes.position(bytes.position() + length);
    }
    return values;
  }

  private static String text(ByteString bytes, int row) {
    try {
      CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(bytes.asReadOnlyByteBuffer());
      return Fields.text("text[%d]".formatted(row), text.toString());
    } catch (CharacterCodingException e) {
      throw Invalid.value("text[%d]".formatted(row), "text[%d] is not UTF-8".formatted(row));
    }
  }

  /**
   * The answer.
   *
   * @param rows of equal length, at least one
   */
  static ModelInferResponse response(
      ModelInferRequest request, Model model, Output output, List<float[]> rows) {
    int width = rows.getFirst().length;
    InferOutputTensor.Builder tensor =
        InferOutputTensor.newBuilder()
            .setName(output.tensor)
            .setDatatype("FP32")
            .addShape(rows.size())
            .addShape(width);
    ModelInferResponse.Builder response =
        ModelInferResponse.newBuilder()
            .setModelName(model.name())
            .setModelVersion(VERSION)
            .setId(request.getId());
    if (request.getRawInputContentsCount() > 0) {
      ByteBuffer raw =
          ByteBuffer.allocate(rows.size() * width * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      for (float[] row : rows) {
        for (float value : row) {
          raw.putFloat(value);
        }
      }
      response.addRawOutputContents(ByteString.copyFrom(raw.flip()));
    } else {
      InferTensorContents.Builder contents = InferTensorContents.newBuilder();
      for (float[] row : rows) {
        for (float value : row) {
          contents.addFp32Contents(value);
        }
      }
      tensor.setContents(contents);
    }
    return response.addOutputs(tensor).build();
  }
}
