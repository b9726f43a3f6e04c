package io.weft.gateway.grpc;

import io.weft.gateway.answering.Answerer;
import io.weft.gateway.backend.AnswerOptions;
import io.weft.gateway.backend.EncodeOptions.Cut;
import io.weft.gateway.backend.EncodedBatch.Answer;
import io.weft.gateway.backend.ItemOutcome;
import io.weft.gateway.backend.ItemOutcome.Done;
import io.weft.gateway.backend.ItemOutcome.Failed;
import io.weft.gateway.backend.TagOptions;
import io.weft.gateway.backend.TextPair;
import io.weft.gateway.input.TextInputs;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.masks.Fills;
import io.weft.gateway.masks.MaskFiller;
import io.weft.gateway.tagging.Tagger;
import io.weft.gateway.tagging.Tags;
import io.weft.gateway.zeroshot.ZeroShotClassifier;
import io.weft.proto.common.v1.TextSpan;
import io.weft.proto.encoder.v1.Aggregation;
import io.weft.proto.gateway.v1.AnswerQuestionsRequest;
import io.weft.proto.gateway.v1.AnswerQuestionsResponse;
import io.weft.proto.gateway.v1.AnswerQuestionsResult;
import io.weft.proto.gateway.v1.Answers;
import io.weft.proto.gateway.v1.ClassifyResult;
import io.weft.proto.gateway.v1.ClassifyTokensRequest;
import io.weft.proto.gateway.v1.ClassifyTokensResponse;
import io.weft.proto.gateway.v1.ClassifyTokensResult;
import io.weft.proto.gateway.v1.ClassifyZeroShotRequest;
import io.weft.proto.gateway.v1.ClassifyZeroShotResponse;
import io.weft.proto.gateway.v1.Entities;
import io.weft.proto.gateway.v1.Entity;
import io.weft.proto.gateway.v1.FillMaskRequest;
import io.weft.proto.gateway.v1.FillMaskResponse;
import io.weft.proto.gateway.v1.FillMaskResult;
import io.weft.proto.gateway.v1.FilledMask;
import io.weft.proto.gateway.v1.FilledMasks;
import io.weft.proto.gateway.v1.Label;
import io.weft.proto.gateway.v1.Labels;
import io.weft.proto.gateway.v1.MaskCandidate;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Entities, answers, masks and labels of one's own: requests checked, and answers made. */
final class EncoderTaskProtos {
  private EncoderTaskProtos() {}

  static List<TextPair> texts(ClassifyTokensRequest request) {
    Fields.count("texts", request.getTextsCount(), 1, Tagger.MAX_INPUTS);
    return request.getTextsList().stream().map(TextPair::of).toList();
  }

  static Tagger.Query query(ClassifyTokensRequest request) {
    List<String> ignored =
        request.hasIgnoredLabels()
            ? request.getIgnoredLabels().getLabelsList()
            : List.of(Tagger.OUTSIDE);
    Fields.count("ignored_labels.labels", ignored.size(), 0, Tagger.MAX_IGNORED);
    return new Tagger.Query(
        aggregation(request.getAggregation()), ignored, cut(request.getTruncate()));
  }

  private static TagOptions.Aggregation aggregation(Aggregation aggregation) {
    return switch (aggregation) {
      case AGGREGATION_UNSPECIFIED, AGGREGATION_NONE -> TagOptions.Aggregation.NONE;
      case AGGREGATION_SIMPLE -> TagOptions.Aggregation.SIMPLE;
      case AGGREGATION_FIRST -> TagOptions.Aggregation.FIRST;
      case AGGREGATION_AVERAGE -> TagOptions.Aggregation.AVERAGE;
      case AGGREGATION_MAX -> TagOptions.Aggregation.MAX;
      case UNRECOGNIZED ->
          throw Invalid.value("aggregation", "aggregation is not one of the known values");
    };
  }

  static ClassifyTokensResponse entities(Answer<List<Tags.Entity>> answer) {
    return ClassifyTokensResponse.newBuilder()
        .setPromptTokens(answer.tokens())
        .addAllResults(
            results(
                answer,
                entities ->
                    ClassifyTokensResult.newBuilder()
                        .setEntities(
                            Entities.newBuilder()
                                .addAllEntities(
                                    entities.stream().map(EncoderTaskProtos::entity).toList()))
                        .build(),
                failed ->
                    ClassifyTokensResult.newBuilder()
                        .setError(MessageProtos.error(failed))
                        .build()))
        .build();
  }

  private static Entity entity(Tags.Entity entity) {
    String label = entity.entity() == null ? entity.entityGroup() : entity.entity();
    Entity.Builder proto =
        Entity.newBuilder()
            .setLabel(String.valueOf(label))
            .setScore(entity.score())
            .setWord(entity.word())
            .setSpan(span(entity.start(), entity.end()));
    if (entity.index() != null) {
      proto.setIndex(entity.index());
    }
    return proto.build();
  }

  static List<TextPair> pairs(AnswerQuestionsRequest request) {
    Fields.count("questions", request.getQuestionsCount(), 1, Answerer.MAX_QUESTIONS);
    return request.getQuestionsList().stream()
        .map(question -> new TextPair(question.getQuestion(), question.getPassage()))
        .toList();
  }

  static AnswerOptions options(AnswerQuestionsRequest request) {
    return new AnswerOptions(
        request.hasTopK() ? Fields.integer("top_k", request.getTopK(), 1, Answerer.MAX_TOP_K) : 1,
        request.hasMaxAnswerTokens()
            ? Fields.integer(
                "max_answer_tokens", request.getMaxAnswerTokens(), 1, Answerer.MAX_ANSWER_TOKENS)
            : Answerer.DEFAULT_ANSWER_TOKENS,
        request.getAllowNoAnswer(),
        !request.hasAlignToWords() || request.getAlignToWords());
  }

  static Answerer.Windows windows(AnswerQuestionsRequest request) {
    return new Answerer.Windows(
        integer(request.hasMaxWindowTokens(), "max_window_tokens", request.getMaxWindowTokens(), 1),
        "max_window_tokens",
        integer(request.hasStride(), "stride", request.getStride(), 0),
        "stride");
  }

  private static @Nullable Integer integer(boolean set, String field, int value, int min) {
    return set ? Fields.integer(field, value, min, Integer.MAX_VALUE) : null;
  }

  static AnswerQuestionsResponse answers(Answer<Answerer.Found> answer) {
    return AnswerQuestionsResponse.newBuilder()
        .setPromptTokens(answer.tokens())
        .addAllResults(
            results(
                answer,
                found ->
                    AnswerQuestionsResult.newBuilder()
                        .setAnswers(
                            Answers.newBuilder()
                                .addAllAnswers(
                                    found.answers().stream()
                                        .map(EncoderTaskProtos::answer)
                                        .toList())
                                .setNoAnswerScore(found.noAnswerScore()))
                        .build(),
                failed ->
                    AnswerQuestionsResult.newBuilder()
                        .setError(MessageProtos.error(failed))
                        .build()))
        .build();
  }

  private static io.weft.proto.gateway.v1.Answer answer(
      io.weft.gateway.answering.Answers.Answer answer) {
    return io.weft.proto.gateway.v1.Answer.newBuilder()
        .setScore(answer.score())
        .setText(answer.answer())
        .setSpan(span(answer.start(), answer.end()))
        .build();
  }

  static List<TextPair> texts(FillMaskRequest request) {
    Fields.count("texts", request.getTextsCount(), 1, MaskFiller.MAX_INPUTS);
    return request.getTextsList().stream().map(TextPair::of).toList();
  }

  static MaskFiller.Query query(FillMaskRequest request) {
    List<String> targets = request.getTargetsList();
    Fields.count("targets", targets.size(), 0, MaskFiller.MAX_TARGETS);
    for (int i = 0; i < targets.size(); i++) {
      Fields.text("targets[%d]".formatted(i), targets.get(i));
    }
    return new MaskFiller.Query(
        request.hasTopK()
            ? Fields.integer("top_k", request.getTopK(), 1, MaskFiller.MAX_TOP_K)
            : MaskFiller.DEFAULT_TOP_K,
        targets.isEmpty() ? null : new TextInputs("targets", true, targets),
        cut(request.getTruncate()));
  }

  static FillMaskResponse fills(Answer<List<List<Fills.Fill>>> answer) {
    return FillMaskResponse.newBuilder()
        .setPromptTokens(answer.tokens())
        .addAllResults(
            results(
                answer,
                masks ->
                    FillMaskResult.newBuilder()
                        .setMasks(
                            FilledMasks.newBuilder()
                                .addAllMasks(masks.stream().map(EncoderTaskProtos::mask).toList()))
                        .build(),
                failed ->
                    FillMaskResult.newBuilder().setError(MessageProtos.error(failed)).build()))
        .build();
  }

  private static FilledMask mask(List<Fills.Fill> fills) {
    FilledMask.Builder mask = FilledMask.newBuilder();
    for (Fills.Fill fill : fills) {
      mask.addCandidates(
          MaskCandidate.newBuilder()
              .setScore(fill.score())
              .setId(fill.token())
              .setToken(fill.tokenStr())
              .setText(fill.sequence()));
    }
    return mask.build();
  }

  static ZeroShotClassifier.Query query(ClassifyZeroShotRequest request) {
    int texts = request.getTextsCount();
    Fields.count("texts", texts, 1, ZeroShotClassifier.MAX_PAIRS);
    List<String> labels = request.getLabelsList();
    Fields.count("labels", labels.size(), 1, ZeroShotClassifier.MAX_PAIRS);
    for (int i = 0; i < labels.size(); i++) {
      Fields.text("labels[%d]".formatted(i), labels.get(i));
    }
    ZeroShotClassifier.checkPairs(texts, labels.size(), "labels");
    return new ZeroShotClassifier.Query(
        labels,
        request.hasTemplate()
            ? ZeroShotClassifier.template(request.getTemplate(), "template")
            : ZeroShotClassifier.DEFAULT_TEMPLATE,
        request.getMultiLabel(),
        cut(request.getTruncate()));
  }

  static ClassifyZeroShotResponse labels(Answer<double[]> answer, List<String> labels) {
    return ClassifyZeroShotResponse.newBuilder()
        .setPromptTokens(answer.tokens())
        .addAllResults(
            results(
                answer,
                scores -> ClassifyResult.newBuilder().setLabels(labels(labels, scores)).build(),
                failed ->
                    ClassifyResult.newBuilder().setError(MessageProtos.error(failed)).build()))
        .build();
  }

  private static Labels labels(List<String> labels, double[] scores) {
    Labels.Builder proto = Labels.newBuilder();
    IntStream.range(0, scores.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> scores[i]).reversed())
        .forEach(
            i ->
                proto.addLabels(
                    Label.newBuilder()
                        .setName(labels.get(i))
                        .setIndex(i)
                        .setScore((float) scores[i])));
    return proto.build();
  }

  private static <T, R> List<R> results(
      Answer<T> answer, Function<T, R> done, Function<Failed<T>, R> failed) {
    return answer.outcomes().stream()
        .map(
            (ItemOutcome<T> outcome) ->
                switch (outcome) {
                  case Done<T>(T value) -> done.apply(value);
                  case Failed<T> failure -> failed.apply(failure);
                })
        .toList();
  }

  private static TextSpan span(int start, int end) {
    return TextSpan.newBuilder().setStart(start).setEnd(end).build();
  }

  private static Cut cut(boolean truncate) {
    return truncate ? Cut.END : Cut.NONE;
  }
}
