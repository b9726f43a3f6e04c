package io.weft.gateway.backend;

import io.weft.proto.common.v1.TextSpan;
import io.weft.proto.encoder.v1.Aggregation;
import io.weft.proto.encoder.v1.AlignedInput;
import io.weft.proto.encoder.v1.AnswerSpansRequest;
import io.weft.proto.encoder.v1.Answers;
import io.weft.proto.encoder.v1.ClassifyTokensRequest;
import io.weft.proto.encoder.v1.Entities;
import io.weft.proto.encoder.v1.FillMaskRequest;
import io.weft.proto.encoder.v1.HiddenStates;
import io.weft.proto.encoder.v1.MaskFills;
import io.weft.proto.encoder.v1.QuestionInput;
import java.util.List;

/** Between the messages of the encoder's tasks on tokens and our own types. */
final class EncoderTaskProtos {
  private EncoderTaskProtos() {}

  /** A sequence with what is needed to point back into its text. */
  private static AlignedInput aligned(EncodedText sequence) {
    AlignedInput.Builder input = AlignedInput.newBuilder().setTokens(EncoderProtos.input(sequence));
    for (EncodedText.Token token : sequence.tokens()) {
      EncodedText.Span span = token.span();
      input.addOffsets(
          span == null
              ? TextSpan.getDefaultInstance()
              : TextSpan.newBuilder().setStart(span.start()).setEnd(span.end()).build());
      input.addWordIds(token.word());
      input.addSequenceIds(token.sequence());
    }
    return input.build();
  }

  static ClassifyTokensRequest classifyTokensRequest(
      String model, List<EncodedText> sequences, TagOptions options) {
    return ClassifyTokensRequest.newBuilder()
        .setModel(model)
        .addAllInputs(sequences.stream().map(EncoderTaskProtos::aligned).toList())
        .setAggregation(
            switch (options.aggregation()) {
              case NONE -> Aggregation.AGGREGATION_NONE;
              case SIMPLE -> Aggregation.AGGREGATION_SIMPLE;
              case FIRST -> Aggregation.AGGREGATION_FIRST;
              case AVERAGE -> Aggregation.AGGREGATION_AVERAGE;
              case MAX -> Aggregation.AGGREGATION_MAX;
            })
        .setKeepOutside(options.keepOutside())
        .build();
  }

  static List<TaggedSpan> spans(Entities entities) {
    return entities.getEntitiesList().stream()
        .map(
            entity ->
                new TaggedSpan(
                    entity.getLabel(),
                    entity.getScore(),
                    span(entity.getSpan()),
                    entity.getTokenStart(),
                    entity.getTokenEnd()))
        .toList();
  }

  static AnswerSpansRequest answerSpansRequest(
      String model, List<List<EncodedText>> questions, AnswerOptions options) {
    AnswerSpansRequest.Builder request =
        AnswerSpansRequest.newBuilder()
            .setModel(model)
            .setTopK(options.topK())
            .setMaxAnswerTokens(options.maxAnswerTokens())
            .setAllowNoAnswer(options.allowNoAnswer())
            .setAlignToWords(options.wholeWords())
            .setAllCandidates(true);
    for (List<EncodedText> windows : questions) {
      request.addInputs(
          QuestionInput.newBuilder()
              .addAllWindows(windows.stream().map(EncoderTaskProtos::aligned).toList()));
    }
    return request.build();
  }

  static FoundAnswers answers(Answers answers) {
    return new FoundAnswers(
        answers.getAnswersList().stream()
            .map(
                answer ->
                    new FoundAnswers.Candidate(
                        answer.getNoAnswer() ? null : span(answer.getSpan()), answer.getScore()))
            .toList(),
        answers.getNoAnswerScore());
  }

  static FillMaskRequest fillMaskRequest(
      String model, List<EncodedText> sequences, int topK, List<Integer> targets) {
    return FillMaskRequest.newBuilder()
        .setModel(model)
        .addAllInputs(EncoderProtos.inputs(sequences))
        .setTopK(topK)
        .addAllTargetIds(targets)
        .build();
  }

  static List<MaskFill> fills(MaskFills fills) {
    return fills.getMasksList().stream()
        .map(
            mask ->
                new MaskFill(
                    mask.getPosition(),
                    mask.getCandidatesList().stream()
                        .map(token -> new MaskFill.Candidate(token.getId(), token.getScore()))
                        .toList()))
        .toList();
  }

  static TokenStates states(HiddenStates states) {
    return new TokenStates(
        EncoderProtos.matrix(states.getLastHiddenState()),
        states.hasPoolerOutput() ? EncoderProtos.vector(states.getPoolerOutput()) : null);
  }

  private static EncodedText.Span span(TextSpan span) {
    return new EncodedText.Span(span.getStart(), span.getEnd());
  }
}
