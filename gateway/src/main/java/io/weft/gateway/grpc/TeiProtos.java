package io.weft.gateway.grpc;

import io.weft.gateway.backend.EncodeOptions.Cut;
import io.weft.gateway.backend.LabelScore;
import io.weft.gateway.backend.TokenIds;
import io.weft.gateway.input.Inputs;
import io.weft.gateway.input.TokenView;
import io.weft.gateway.json.Invalid;
import io.weft.proto.tei.v1.Metadata;
import io.weft.proto.tei.v1.Prediction;
import io.weft.proto.tei.v1.SimpleToken;
import io.weft.proto.tei.v1.TokenEmbedding;
import io.weft.proto.tei.v1.TruncationDirection;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Between text-embeddings-inference's messages and our own types. */
final class TeiProtos {
  /** Most texts of one Rerank. */
  static final int MAX_TEXTS = 2_048;

  private static final int MAX_IDS = 1_048_576;

  private TeiProtos() {}

  /** The model that the call's metadata name; null where the choice is the server's. */
  static @Nullable String model() {
    String name = OpenCall.current().model();
    return name.isEmpty() ? null : Fields.modelName(name);
  }

  /** One text, not empty. */
  static Inputs text(String text) {
    return new Inputs("inputs", false, new Inputs.Texts(List.of(Fields.text("inputs", text))));
  }

  static TokenIds ids(List<Integer> ids) {
    Fields.count("ids", ids.size(), 1, MAX_IDS);
    for (int id : ids) {
      if (id < 0) {
        throw Invalid.range(
            "ids",
            "ids has %,d, it must have at most %,d"
                .formatted(Integer.toUnsignedLong(id), Integer.MAX_VALUE));
      }
    }
    return TokenIds.of(ids);
  }

  static Cut cut(boolean truncate, TruncationDirection direction) {
    return switch (direction) {
      case TRUNCATION_DIRECTION_RIGHT -> truncate ? Cut.END : Cut.NONE;
      case TRUNCATION_DIRECTION_LEFT -> truncate ? Cut.START : Cut.NONE;
      case UNRECOGNIZED ->
          throw Invalid.value(
              "truncation_direction", "truncation_direction is not one of the known values");
    };
  }

  /** Refuses names of prompts, which models here do not have. */
  static void noPrompt(boolean given) {
    if (given) {
      throw Invalid.unsupported(
          "prompt_name", "prompt_name is not supported: put the prompt before the text");
    }
  }

  /** What an answer took. */
  static Metadata metadata(int characters, int tokens, long startedNs) {
    return Metadata.newBuilder()
        .setComputeChars(characters)
        .setComputeTokens(tokens)
        .setTotalTimeNs(System.nanoTime() - startedNs)
        .build();
  }

  static int characters(String text) {
    return text.codePointCount(0, text.length());
  }

  static List<Float> values(float[] vector) {
    List<Float> values = new ArrayList<>(vector.length);
    for (float value : vector) {
      values.add(value);
    }
    return values;
  }

  static TokenEmbedding tokenEmbedding(float[] vector) {
    return TokenEmbedding.newBuilder().addAllEmbeddings(values(vector)).build();
  }

  static Prediction prediction(LabelScore label) {
    return Prediction.newBuilder().setLabel(label.label()).setScore(label.score()).build();
  }

  static SimpleToken token(TokenView token) {
    SimpleToken.Builder proto =
        SimpleToken.newBuilder()
            .setId(token.id())
            .setText(token.text())
            .setSpecial(token.special());
    if (token.start() != null && token.end() != null) {
      proto.setStart(token.start()).setStop(token.end());
    }
    return proto.build();
  }
}
