package io.weft.gateway.fake;

import io.weft.proto.common.v1.ItemError;
import io.weft.proto.common.v1.TextSpan;
import io.weft.proto.encoder.v1.Aggregation;
import io.weft.proto.encoder.v1.AlignedInput;
import io.weft.proto.encoder.v1.Answer;
import io.weft.proto.encoder.v1.AnswerSpansRequest;
import io.weft.proto.encoder.v1.AnswerSpansResult;
import io.weft.proto.encoder.v1.Answers;
import io.weft.proto.encoder.v1.ClassifyResult;
import io.weft.proto.encoder.v1.ClassifyTokensRequest;
import io.weft.proto.encoder.v1.ClassifyTokensResult;
import io.weft.proto.encoder.v1.Entities;
import io.weft.proto.encoder.v1.Entity;
import io.weft.proto.encoder.v1.FillMaskRequest;
import io.weft.proto.encoder.v1.FillMaskResult;
import io.weft.proto.encoder.v1.LabelScore;
import io.weft.proto.encoder.v1.LabelScores;
import io.weft.proto.encoder.v1.MaskFill;
import io.weft.proto.encoder.v1.MaskFills;
import io.weft.proto.encoder.v1.QuestionInput;
import io.weft.proto.encoder.v1.TokenInput;
import io.weft.proto.encoder.v1.TokenScore;
import java.util.ArrayList;
import java.util.List;

/**
 * Tasks on tokens. Words of an odd length are persons, by a score of an eighth of the aggregation's
 * number; each word of a passage is an answer, by an eighth of its length in each window; a mask is
 * filled with the ids 1, 2, ..., or the targets, by 1/2, 1/3, ...; a hypothesis follows by the
 * length of its last word.
 */
final class FakeTasks {
  private static final int MASK = 103;

  private FakeTasks() {}

  static ClassifyTokensResult tags(AlignedInput input, ClassifyTokensRequest request) {
    boolean grouped = request.getAggregation() != Aggregation.AGGREGATION_NONE;
    List<Entity.Builder> entities = new ArrayList<>();
    for (int i = 0; i < input.getTokens().getIdsCount(); i++) {
      if (input.getSequenceIds(i) < 0) {
        continue;
      }
      boolean person = input.getTokens().getIds(i) % 2 == 1;
      if (!person && !request.getKeepOutside()) {
        continue;
      }
      Entity.Builder last = entities.isEmpty() ? null : entities.getLast();
      if (grouped
          && person
          && last != null
          && last.getLabel().equals("PER")
          && last.getTokenEnd() == i) {
        last.getSpanBuilder().setEnd(input.getOffsets(i).getEnd());
        last.setTokenEnd(i + 1);
      } else {
        entities.add(
            Entity.newBuilder()
                .setLabel(person ? grouped ? "PER" : "B-PER" : "O")
                .setScore(request.getAggregationValue() / 8f)
                .setSpan(input.getOffsets(i))
                .setTokenStart(i)
                .setTokenEnd(i + 1));
      }
    }
    return ClassifyTokensResult.newBuilder()
        .setEntities(
            Entities.newBuilder()
                .addAllEntities(entities.stream().map(Entity.Builder::build).toList()))
        .build();
  }

  static AnswerSpansResult answers(QuestionInput question, AnswerSpansRequest request) {
    if (!request.getAllCandidates()) {
      throw new IllegalStateException("without all candidates answers cannot be merged");
    }
    Answers.Builder answers = Answers.newBuilder().setNoAnswerScore(0.25f);
    for (AlignedInput window : question.getWindowsList()) {
      for (int i = 0; i < window.getTokens().getIdsCount(); i++) {
        if (window.getSequenceIds(i) == 1) {
          TextSpan span = window.getOffsets(i);
          answers.addAnswers(
              Answer.newBuilder().setSpan(span).setScore(window.getTokens().getIds(i) / 8f));
        }
      }
    }
    if (request.getAllowNoAnswer()) {
      answers.addAnswers(Answer.newBuilder().setNoAnswer(true).setScore(0.25f));
    }
    return AnswerSpansResult.newBuilder().setAnswers(answers).build();
  }

  static FillMaskResult fills(TokenInput input, FillMaskRequest request) {
    MaskFills.Builder fills = MaskFills.newBuilder();
    for (int i = 0; i < input.getIdsCount(); i++) {
      if (input.getIds(i) == MASK) {
        MaskFill.Builder fill = MaskFill.newBuilder().setPosition(i);
        for (int rank = 0; rank < request.getTopK(); rank++) {
          int id = request.getTargetIdsCount() == 0 ? rank + 1 : request.getTargetIds(rank);
          fill.addCandidates(TokenScore.newBuilder().setId(id).setScore(1f / (rank + 2)));
        }
        fills.addMasks(fill);
      }
    }
    if (fills.getMasksCount() == 0) {
      return FillMaskResult.newBuilder()
          .setError(
              ItemError.newBuilder()
                  .setCode(3)
                  .setReason("NO_MASK")
                  .setMessage("none of the ids is the mask token, 103"))
          .build();
    }
    return FillMaskResult.newBuilder().setFills(fills).build();
  }

  static ClassifyResult inference(TokenInput input) {
    float entailed = input.getIds(input.getIdsCount() - 1);
    return ClassifyResult.newBuilder()
        .setScores(
            LabelScores.newBuilder()
                .addLabels(label("ENTAILMENT", 2, entailed))
                .addLabels(label("neutral", 1, 0.5f))
                .addLabels(label("contradiction", 0, 0)))
        .build();
  }

  private static LabelScore label(String name, int index, float score) {
    return LabelScore.newBuilder().setLabel(name).setIndex(index).setScore(score).build();
  }
}
