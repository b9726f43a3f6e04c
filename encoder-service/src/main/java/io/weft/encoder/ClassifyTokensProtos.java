package io.weft.encoder;

import io.weft.encoder.batch.Outcome;
import io.weft.encoder.task.Alignment;
import io.weft.encoder.task.EntityGroups;
import io.weft.proto.encoder.v1.ClassifyTokensRequest;
import io.weft.proto.encoder.v1.ClassifyTokensResponse;
import io.weft.proto.encoder.v1.ClassifyTokensResult;
import io.weft.proto.encoder.v1.Entities;
import io.weft.proto.encoder.v1.Entity;
import io.weft.runtime.error.WeftException;
import java.util.List;

/** The messages of ClassifyTokens. */
final class ClassifyTokensProtos {
  /** About what an entity takes in a reply, beside its label. */
  private static final int BYTES_BESIDE_LABEL = 40;

  private ClassifyTokensProtos() {}

  /** About what a token takes: its probabilities until it is answered, then at most an entity. */
  static long bytesPerToken(List<String> labels) {
    int longest = labels.stream().mapToInt(String::length).max().orElse(0);
    return Math.max((long) labels.size() * Float.BYTES, BYTES_BESIDE_LABEL + longest);
  }

  static EntityGroups groups(ClassifyTokensRequest request, List<String> labels) {
    return new EntityGroups(labels, aggregation(request), request.getKeepOutside());
  }

  static EntityGroups.Aggregation aggregation(ClassifyTokensRequest request) {
    return switch (request.getAggregation()) {
      case AGGREGATION_UNSPECIFIED, AGGREGATION_NONE -> EntityGroups.Aggregation.NONE;
      case AGGREGATION_SIMPLE -> EntityGroups.Aggregation.SIMPLE;
      case AGGREGATION_FIRST -> EntityGroups.Aggregation.FIRST;
      case AGGREGATION_AVERAGE -> EntityGroups.Aggregation.AVERAGE;
      case AGGREGATION_MAX -> EntityGroups.Aggregation.MAX;
      case UNRECOGNIZED ->
          throw RequestLimits.unknown("aggregation", request.getAggregationValue());
    };
  }

  /**
   * @param outcomes the labels' probabilities of each token, shape (tokens, labels)
   */
  static ClassifyTokensResponse response(
      List<Outcome<float[][]>> outcomes, List<Alignment> alignments, EntityGroups groups) {
    ClassifyTokensResponse.Builder response = ClassifyTokensResponse.newBuilder();
    for (int i = 0; i < outcomes.size(); i++) {
      response.addResults(
          switch (outcomes.get(i)) {
            case Outcome.Done<float[][]>(float[][] probabilities) ->
                ClassifyTokensResult.newBuilder()
                    .setEntities(entities(groups.of(probabilities, alignments.get(i))));
            case Outcome.Failed<float[][]>(WeftException failure) ->
                ClassifyTokensResult.newBuilder().setError(EncoderProtos.error(failure));
          });
    }
    return response.build();
  }

  private static Entities entities(List<EntityGroups.Entity> entities) {
    Entities.Builder message = Entities.newBuilder();
    for (EntityGroups.Entity entity : entities) {
      message.addEntities(
          Entity.newBuilder()
              .setLabel(entity.label())
              .setScore(entity.score())
              .setSpan(EncoderProtos.span(entity.start(), entity.end()))
              .setTokenStart(entity.firstToken())
              .setTokenEnd(entity.endToken()));
    }
    return message.build();
  }
}
