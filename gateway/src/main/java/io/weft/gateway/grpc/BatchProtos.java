package io.weft.gateway.grpc;

import com.google.protobuf.ByteString;
import io.weft.gateway.backend.EmbedOptions;
import io.weft.gateway.backend.EmbeddedTexts;
import io.weft.gateway.backend.EncodedBatch.Answer;
import io.weft.gateway.backend.ItemOutcome;
import io.weft.gateway.backend.ItemOutcome.Done;
import io.weft.gateway.backend.ItemOutcome.Failed;
import io.weft.gateway.backend.LabelScore;
import io.weft.gateway.backend.ModelDescription;
import io.weft.gateway.backend.TextPair;
import io.weft.gateway.json.Invalid;
import io.weft.proto.common.v1.EncoderInfo;
import io.weft.proto.common.v1.ModelInfo;
import io.weft.proto.encoder.v1.Pooling;
import io.weft.proto.gateway.v1.ClassifyResponse;
import io.weft.proto.gateway.v1.ClassifyResult;
import io.weft.proto.gateway.v1.EmbedRequest;
import io.weft.proto.gateway.v1.EmbedResponse;
import io.weft.proto.gateway.v1.EmbedResult;
import io.weft.proto.gateway.v1.FailedText;
import io.weft.proto.gateway.v1.Label;
import io.weft.proto.gateway.v1.Labels;
import io.weft.proto.gateway.v1.RankedText;
import io.weft.proto.gateway.v1.RerankRequest;
import io.weft.proto.gateway.v1.RerankResponse;
import io.weft.proto.gateway.v1.ScoreRequest;
import io.weft.proto.gateway.v1.ScoreResponse;
import io.weft.proto.gateway.v1.ScoreResult;
import io.weft.proto.gateway.v1.Vector;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Batches for encoders: their requests checked, and their answers made. */
final class BatchProtos {
  private static final int MAX_ITEMS = 2_048;

  private BatchProtos() {}

  static List<TextPair> texts(List<String> texts) {
    Fields.count("texts", texts.size(), 1, MAX_ITEMS);
    return texts.stream().map(TextPair::of).toList();
  }

  static List<TextPair> pairs(RerankRequest request) {
    String query = Fields.text("query", request.getQuery());
    Fields.integer("top_n", request.getTopN(), 0, Integer.MAX_VALUE);
    return texts(request.getTextsList()).stream()
        .map(text -> new TextPair(query, text.text()))
        .toList();
  }

  static List<TextPair> pairs(ScoreRequest request) {
    Fields.count("pairs", request.getPairsCount(), 1, MAX_ITEMS);
    return request.getPairsList().stream()
        .map(pair -> new TextPair(pair.getFirst(), pair.getSecond()))
        .toList();
  }

  static EmbedOptions options(EmbedRequest request) {
    return new EmbedOptions(
        Fields.integer("dimensions", request.getDimensions(), 0, Integer.MAX_VALUE),
        pooling(request.getPooling()),
        request.hasNormalize() ? request.getNormalize() : null,
        switch (request.getFormat()) {
          case VECTOR_FORMAT_UNSPECIFIED, VECTOR_FORMAT_FLOAT -> EmbedOptions.Format.FLOAT;
          case VECTOR_FORMAT_INT8 -> EmbedOptions.Format.INT8;
          case VECTOR_FORMAT_BINARY -> EmbedOptions.Format.BINARY;
          case UNRECOGNIZED -> throw unknown("format", request.getFormatValue());
        });
  }

  private static EmbedOptions.@Nullable Pooling pooling(Pooling pooling) {
    return switch (pooling) {
      case POOLING_UNSPECIFIED -> null;
      case POOLING_CLS -> EmbedOptions.Pooling.CLS;
      case POOLING_MEAN -> EmbedOptions.Pooling.MEAN;
      case POOLING_MAX -> EmbedOptions.Pooling.MAX;
      case POOLING_LAST_TOKEN -> EmbedOptions.Pooling.LAST_TOKEN;
      case POOLING_WEIGHTED_MEAN -> EmbedOptions.Pooling.WEIGHTED_MEAN;
      case UNRECOGNIZED -> throw Invalid.value("pooling", "pooling is not one of the known values");
    };
  }

  private static RuntimeException unknown(String field, int value) {
    return Invalid.value(
        field, "%s is %,d, which is not one of the known values".formatted(field, value));
  }

  static EmbedResponse embeddings(Answer<EmbeddedTexts.Vector> answer, boolean normalized) {
    EmbedResponse.Builder response =
        EmbedResponse.newBuilder().setPromptTokens(answer.tokens()).setNormalized(normalized);
    for (ItemOutcome<EmbeddedTexts.Vector> outcome : answer.outcomes()) {
      response.addResults(
          switch (outcome) {
            case Done<EmbeddedTexts.Vector>(EmbeddedTexts.Vector vector) ->
                EmbedResult.newBuilder().setVector(vector(vector));
            case Failed<EmbeddedTexts.Vector> failed ->
                EmbedResult.newBuilder().setError(MessageProtos.error(failed));
          });
    }
    return response.build();
  }

  private static Vector.Builder vector(EmbeddedTexts.Vector vector) {
    Vector.Builder proto = Vector.newBuilder();
    switch (vector) {
      case EmbeddedTexts.Floats(float[] values) -> {
        for (float value : values) {
          proto.addValues(value);
        }
      }
      case EmbeddedTexts.Packed(byte[] bytes) -> proto.setPacked(ByteString.copyFrom(bytes));
    }
    return proto;
  }

  static ClassifyResponse labels(Answer<List<LabelScore>> answer) {
    ClassifyResponse.Builder response =
        ClassifyResponse.newBuilder().setPromptTokens(answer.tokens());
    for (ItemOutcome<List<LabelScore>> outcome : answer.outcomes()) {
      response.addResults(
          switch (outcome) {
            case Done<List<LabelScore>>(List<LabelScore> labels) ->
                ClassifyResult.newBuilder().setLabels(labels(labels));
            case Failed<List<LabelScore>> failed ->
                ClassifyResult.newBuilder().setError(MessageProtos.error(failed));
          });
    }
    return response.build();
  }

  private static Labels.Builder labels(List<LabelScore> labels) {
    Labels.Builder proto = Labels.newBuilder();
    for (LabelScore label : labels) {
      proto.addLabels(
          Label.newBuilder()
              .setName(label.label())
              .setIndex(label.index())
              .setScore(label.score()));
    }
    return proto;
  }

  static RerankResponse ranking(Answer<Float> answer, int topN) {
    RerankResponse.Builder response = RerankResponse.newBuilder().setPromptTokens(answer.tokens());
    List<RankedText> ranked = new ArrayList<>();
    for (int i = 0; i < answer.outcomes().size(); i++) {
      switch (answer.outcomes().get(i)) {
        case Done<Float>(Float score) ->
            ranked.add(RankedText.newBuilder().setIndex(i).setScore(score).build());
        case Failed<Float> failed ->
            response.addFailures(
                FailedText.newBuilder().setIndex(i).setError(MessageProtos.error(failed)));
      }
    }
    ranked.sort(Comparator.comparingDouble(RankedText::getScore).reversed());
    return response
        .addAllResults(topN == 0 ? ranked : ranked.subList(0, Math.min(topN, ranked.size())))
        .build();
  }

  static ScoreResponse scores(Answer<Float> answer) {
    ScoreResponse.Builder response = ScoreResponse.newBuilder().setPromptTokens(answer.tokens());
    for (ItemOutcome<Float> outcome : answer.outcomes()) {
      response.addResults(
          switch (outcome) {
            case Done<Float>(Float score) -> ScoreResult.newBuilder().setScore(score);
            case Failed<Float> failed ->
                ScoreResult.newBuilder().setError(MessageProtos.error(failed));
          });
    }
    return response.build();
  }

  static ModelInfo model(ModelDescription model) {
    return ModelInfo.newBuilder()
        .setName(model.name())
        .setFamily(model.family())
        .addAllTasks(model.tasks())
        .setDtype(model.dtype())
        .setContextLength(model.contextLength())
        .setVocabularyHash(model.vocabularyHash())
        .setCreatedUnixS(model.createdUnixS())
        .setEncoder(
            EncoderInfo.newBuilder().addAllLabels(model.labels()).setPooling(model.pooling()))
        .build();
  }
}
