package io.weft.encoder;

import io.weft.encoder.batch.Outcome;
import io.weft.proto.encoder.v1.ClassifyResponse;
import io.weft.proto.encoder.v1.ClassifyResult;
import io.weft.proto.encoder.v1.LabelScore;
import io.weft.proto.encoder.v1.LabelScores;
import io.weft.runtime.error.WeftException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The messages of Classify. */
final class ClassifyProtos {
  /** Of a label's index and score, with their tags and lengths. */
  private static final int BYTES_BESIDE_NAME = 16;

  private ClassifyProtos() {}

  /** About what the labels of one input take in a reply. */
  static long bytes(List<String> labels) {
    return labels.stream()
        .mapToLong(label -> BYTES_BESIDE_NAME + label.getBytes(StandardCharsets.UTF_8).length)
        .sum();
  }

  static ClassifyResponse response(List<Outcome<float[]>> outcomes, List<String> labels) {
    ClassifyResponse.Builder response = ClassifyResponse.newBuilder();
    for (Outcome<float[]> outcome : outcomes) {
      response.addResults(
          switch (outcome) {
            case Outcome.Done<float[]>(float[] scores) ->
                ClassifyResult.newBuilder().setScores(scores(scores, labels));
            case Outcome.Failed<float[]>(WeftException failure) ->
                ClassifyResult.newBuilder().setError(EncoderProtos.error(failure));
          });
    }
    return response.build();
  }

  private static LabelScores scores(float[] scores, List<String> labels) {
    LabelScores.Builder message = LabelScores.newBuilder();
    IntStream.range(0, scores.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer label) -> -scores[label]))
        .forEach(
            label ->
                message.addLabels(
                    LabelScore.newBuilder()
                        .setLabel(labels.get(label))
                        .setIndex(label)
                        .setScore(scores[label])));
    return message.build();
  }
}
