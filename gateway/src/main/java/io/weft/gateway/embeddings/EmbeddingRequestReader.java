package io.weft.gateway.embeddings;

import io.weft.gateway.backend.EmbedOptions;
import io.weft.gateway.backend.EncodeOptions;
import io.weft.gateway.generation.GenerationFields;
import io.weft.gateway.input.Inputs;
import io.weft.gateway.input.InputsReader;
import io.weft.gateway.json.Choice;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Reads the body of an embeddings request. Fields that are not known are ignored. */
final class EmbeddingRequestReader {
  private static final int MAX_INPUTS = 2_048;

  private @Nullable String model;
  private @Nullable Inputs inputs;
  private int dimensions;
  private boolean base64;
  private EmbedOptions.@Nullable Pooling pooling;
  private @Nullable Boolean normalize;
  private OutputType type = OutputType.FLOAT;
  private EncodeOptions.Cut cut = EncodeOptions.Cut.NONE;

  private EmbeddingRequestReader() {}

  static EmbeddingRequest read(InputStream body) {
    EmbeddingRequestReader reader = new EmbeddingRequestReader();
    JsonReader.readBody(body, reader::take);
    return reader.request();
  }

  private void take(String name, JsonReader value) {
    switch (name) {
      case "model" -> model = GenerationFields.modelName(value);
      case "input" -> inputs = InputsReader.read(value, MAX_INPUTS);
      case "dimensions" -> dimensions = value.integer(1, Integer.MAX_VALUE);
      case "encoding_format" -> base64 = isBase64(value);
      case "pooling" -> pooling = Choice.read(value, EmbedOptions.Pooling.values());
      case "normalize" -> normalize = value.bool();
      case "output_dtype" -> type = Choice.read(value, OutputType.values());
      case "truncate" -> cut = value.bool() ? EncodeOptions.Cut.END : EncodeOptions.Cut.NONE;
      default -> value.skip();
    }
  }

  private static boolean isBase64(JsonReader value) {
    return switch (value.string()) {
      case "float" -> false;
      case "base64" -> true;
      default ->
          throw Invalid.value("encoding_format", "encoding_format must be one of: float, base64");
    };
  }

  private EmbeddingRequest request() {
    if (model == null) {
      throw Invalid.missing("model");
    }
    if (inputs == null) {
      throw Invalid.missing("input");
    }
    return new EmbeddingRequest(
        model,
        inputs,
        new EmbedOptions(dimensions, pooling, normalize, type.format()),
        type,
        cut,
        base64);
  }
}
