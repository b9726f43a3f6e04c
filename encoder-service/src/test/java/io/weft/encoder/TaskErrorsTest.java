package io.weft.encoder;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.stub.StreamObserver;
import io.weft.encoder.testing.Calls;
import io.weft.encoder.testing.Rpc;
import io.weft.proto.common.v1.ItemError;
import io.weft.proto.common.v1.TextSpan;
import io.weft.proto.encoder.v1.Aggregation;
import io.weft.proto.encoder.v1.AlignedInput;
import io.weft.proto.encoder.v1.AnswerSpansRequest;
import io.weft.proto.encoder.v1.AnswerSpansResult;
import io.weft.proto.encoder.v1.AttentionsResult;
import io.weft.proto.encoder.v1.ClassifyRequest;
import io.weft.proto.encoder.v1.ClassifyResult;
import io.weft.proto.encoder.v1.ClassifyTokensRequest;
import io.weft.proto.encoder.v1.ClassifyTokensResult;
import io.weft.proto.encoder.v1.EmbedRequest;
import io.weft.proto.encoder.v1.FillMaskRequest;
import io.weft.proto.encoder.v1.FillMaskResult;
import io.weft.proto.encoder.v1.GetAttentionsRequest;
import io.weft.proto.encoder.v1.GetHiddenStatesRequest;
import io.weft.proto.encoder.v1.ListModelsRequest;
import io.weft.proto.encoder.v1.QuestionInput;
import io.weft.proto.encoder.v1.ScorePairsRequest;
import io.weft.proto.encoder.v1.ScorePairsResult;
import io.weft.proto.encoder.v1.TokenInput;
import io.weft.runtime.error.WeftException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.BiConsumer;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is refused, and what fails alone in a batch, task by task. */
class TaskErrorsTest {
  private static final int MASK = 4;
  private static final TokenInput GOOD = Calls.input(2, 77, 60, 3);
  private static final TokenInput LONG = Calls.input(new int[65]);
  private static final TokenInput EMPTY = Calls.input();
  private static final TokenInput FOREIGN = Calls.input(2, 99_999, 3);

  @TempDir static Path models;
  private static TinyService service;

  @BeforeAll
  static void start() throws InterruptedException {
    service =
        TinyService.start(
            models,
            List.of("bert"),
            List.of("plain", "classify", "rerank", "tag", "answer", "fill"));
  }

  @AfterAll
  static void stop() throws InterruptedException {
    service.close();
  }

  @Test
  void aBadItemToClassifyOrScoreFailsAlone() {
    ClassifyRequest classify =
        ClassifyRequest.newBuilder()
            .setModel("bert-classify")
            .addAllInputs(List.of(LONG, GOOD, EMPTY, FOREIGN))
            .build();
    ScorePairsRequest score =
        ScorePairsRequest.newBuilder()
            .setModel("bert-rerank")
            .addAllInputs(List.of(LONG, GOOD, EMPTY, FOREIGN))
            .build();

    assertThat(Rpc.call(service.rpcs()::classify, classify).getResultsList())
        .extracting(ClassifyResult::getError)
        .extracting(ItemError::getReason)
        .containsExactly("CONTEXT_LENGTH_EXCEEDED", "", "EMPTY_INPUT", "TOKEN_ID_OUT_OF_RANGE");
    assertThat(Rpc.call(service.rpcs()::scorePairs, score).getResultsList())
        .extracting(ScorePairsResult::getError)
        .extracting(ItemError::getReason)
        .containsExactly("CONTEXT_LENGTH_EXCEEDED", "", "EMPTY_INPUT", "TOKEN_ID_OUT_OF_RANGE");
  }

  @Test
  void aBadItemToTagFailsAlone() {
    ClassifyTokensRequest request =
        ClassifyTokensRequest.newBuilder()
            .setModel("bert-tag")
            .setAggregation(Aggregation.AGGREGATION_AVERAGE)
            .addInputs(aligned(LONG))
            .addInputs(aligned(GOOD))
            .addInputs(aligned(EMPTY))
            .addInputs(aligned(GOOD).toBuilder().clearOffsets())
            .addInputs(aligned(GOOD).toBuilder().clearWordIds())
            .addInputs(aligned(GOOD).toBuilder().addSequenceIds(0))
            .addInputs(aligned(GOOD).toBuilder().setSequenceIds(1, 2))
            .addInputs(aligned(GOOD).toBuilder().setOffsets(2, TextSpan.newBuilder().setStart(-1)))
            .build();

    assertThat(Rpc.call(service.rpcs()::classifyTokens, request).getResultsList())
        .extracting(ClassifyTokensResult::getError)
        .extracting(ItemError::getReason, ItemError::getMessage)
        .containsExactly(
            tuple("CONTEXT_LENGTH_EXCEEDED", "65 tokens > 64"),
            tuple("", ""),
            tuple("EMPTY_INPUT", "0 tokens, at least 1 is needed"),
            tuple("OFFSETS_LENGTH", "0 offsets for 4 ids"),
            tuple("WORD_IDS_LENGTH", "0 word_ids for 4 ids"),
            tuple("SEQUENCE_IDS_LENGTH", "5 sequence_ids for 4 ids"),
            tuple("SEQUENCE_ID_OUT_OF_RANGE", "sequence_ids[1] is 2, it must be -1 to 1"),
            tuple(
                "OFFSETS_OUT_OF_RANGE",
                "offsets[2] is [-1, 0), it must begin at 0 or later and not end before"));
  }

  @Test
  void aBadQuestionFailsAlone() {
    AnswerSpansRequest request =
        AnswerSpansRequest.newBuilder()
            .setModel("bert-answer")
            .addInputs(QuestionInput.newBuilder().addWindows(aligned(LONG)))
            .addInputs(QuestionInput.newBuilder().addWindows(aligned(GOOD)))
            .addInputs(QuestionInput.getDefaultInstance())
            .addInputs(
                QuestionInput.newBuilder().addWindows(aligned(GOOD)).addWindows(aligned(EMPTY)))
            .addInputs(
                QuestionInput.newBuilder().addAllWindows(Collections.nCopies(257, aligned(GOOD))))
            .build();
    List<AnswerSpansResult> results =
        Rpc.call(service.rpcs()::answerSpans, request).getResultsList();

    assertThat(results)
        .extracting(AnswerSpansResult::getError)
        .extracting(ItemError::getReason)
        .containsExactly(
            "CONTEXT_LENGTH_EXCEEDED", "", "NO_WINDOWS", "EMPTY_INPUT", "TOO_MANY_WINDOWS");
    assertThat(results.get(1).getAnswers().getAnswersCount()).isEqualTo(1);
  }

  @Test
  void aSequenceWithoutMasksFailsAlone() {
    FillMaskRequest request =
        FillMaskRequest.newBuilder()
            .setModel("bert-fill")
            .addInputs(GOOD)
            .addInputs(Calls.input(2, MASK, 3))
            .addInputs(EMPTY)
            .addInputs(Calls.input(filled(65, MASK)))
            .addInputs(Calls.input(filled(64, MASK)))
            .setTopK(100)
            .build();
    List<FillMaskResult> results = Rpc.call(service.rpcs()::fillMask, request).getResultsList();

    assertThat(results)
        .extracting(FillMaskResult::getError)
        .extracting(ItemError::getReason)
        .containsExactly("NO_MASK", "", "EMPTY_INPUT", "TOO_MANY_MASKS", "");
    assertThat(results.get(1).getFills().getMasks(0).getPosition()).isEqualTo(1);
    assertThat(results.get(4).getFills().getMasksCount()).isEqualTo(64);
  }

  @Test
  void aBadItemToLookIntoFailsAlone() {
    GetAttentionsRequest request =
        GetAttentionsRequest.newBuilder()
            .setModel("bert-plain")
            .addAllInputs(List.of(LONG, GOOD, EMPTY))
            .addHeads(1)
            .build();

    assertThat(Rpc.call(service.rpcs()::getAttentions, request).getResultsList())
        .extracting(AttentionsResult::getError)
        .extracting(ItemError::getReason)
        .containsExactly("CONTEXT_LENGTH_EXCEEDED", "", "EMPTY_INPUT");
  }

  @Test
  void aModelIsAskedOnlyForItsTasks() {
    assertUnsupported(
        service.rpcs()::classify,
        ClassifyRequest.newBuilder().setModel("bert-tag").addInputs(GOOD).build(),
        "model bert-tag has no task classify; it has: classify_tokens");
    assertUnsupported(
        service.rpcs()::embed,
        EmbedRequest.newBuilder().setModel("bert-tag").addInputs(GOOD).build(),
        "model bert-tag has no task embed; it has: classify_tokens");
    assertUnsupported(
        service.rpcs()::fillMask,
        FillMaskRequest.newBuilder().setModel("bert-plain").addInputs(GOOD).build(),
        "model bert-plain has no task fill_mask; it has: embed");
    assertUnsupported(
        service.rpcs()::answerSpans,
        AnswerSpansRequest.newBuilder().setModel("bert-fill").build(),
        "model bert-fill has no task answer_spans; it has: embed, fill_mask");
    assertUnsupported(
        service.rpcs()::classifyTokens,
        ClassifyTokensRequest.newBuilder().setModel("bert-answer").build(),
        "model bert-answer has no task classify_tokens; it has: answer_spans");
    assertUnsupported(
        service.rpcs()::scorePairs,
        ScorePairsRequest.newBuilder().setModel("bert-classify").addInputs(GOOD).build(),
        "model bert-classify has 3 labels; pairs are scored by a model with 1");
  }

  @Test
  void anyModelGivesItsStates() {
    GetHiddenStatesRequest request =
        GetHiddenStatesRequest.newBuilder().setModel("bert-tag").addInputs(GOOD).build();

    assertThat(
            Rpc.call(service.rpcs()::getHiddenStates, request)
                .getResults(0)
                .getStates()
                .getLastHiddenState()
                .getShapeList())
        .containsExactly(4, 32);
  }

  @Test
  void parametersHaveBounds() {
    AnswerSpansRequest answer =
        AnswerSpansRequest.newBuilder()
            .setModel("bert-answer")
            .addInputs(QuestionInput.newBuilder().addWindows(aligned(GOOD)))
            .build();
    FillMaskRequest fill =
        FillMaskRequest.newBuilder().setModel("bert-fill").addInputs(GOOD).build();
    GetAttentionsRequest look =
        GetAttentionsRequest.newBuilder().setModel("bert-plain").addInputs(GOOD).build();

    assertInvalid(
        service.rpcs()::answerSpans,
        answer.toBuilder().setTopK(0).build(),
        "top_k is 0, it must be 1 to 20");
    assertInvalid(
        service.rpcs()::answerSpans,
        answer.toBuilder().setTopK(21).build(),
        "top_k is 21, it must be 1 to 20");
    assertInvalid(
        service.rpcs()::answerSpans,
        answer.toBuilder().setMaxAnswerTokens(0).build(),
        "max_answer_tokens is 0, it must be 1 to 512");
    assertInvalid(
        service.rpcs()::answerSpans,
        answer.toBuilder().setMaxAnswerTokens(513).build(),
        "max_answer_tokens is 513, it must be 1 to 512");
    assertInvalid(
        service.rpcs()::fillMask,
        fill.toBuilder().setTopK(0).build(),
        "top_k is 0, it must be 1 to 100");
    assertInvalid(
        service.rpcs()::fillMask,
        fill.toBuilder().setTopK(101).build(),
        "top_k is 101, it must be 1 to 100");
    assertInvalid(
        service.rpcs()::fillMask,
        fill.toBuilder().addTargetIds(-1).build(),
        "target_ids is -1, it must be 0 to 239");
    assertInvalid(
        service.rpcs()::fillMask,
        fill.toBuilder().addAllTargetIds(Collections.nCopies(10_001, 7)).build(),
        "10,001 target_ids > 10,000");
    assertInvalid(
        service.rpcs()::getAttentions,
        look.toBuilder().addLayers(2).build(),
        "layers has 2, they must be 0 to 1");
    assertInvalid(
        service.rpcs()::getAttentions,
        look.toBuilder().addHeads(-1).build(),
        "heads has -1, they must be 0 to 1");
    assertInvalid(
        service.rpcs()::getAttentions,
        look.toBuilder().addHeads(1).addHeads(1).build(),
        "heads has 1 twice");
    assertInvalid(
        service.rpcs()::getAttentions,
        look.toBuilder().addAllInputs(Collections.nCopies(16, GOOD)).build(),
        "17 inputs > 16");
    assertInvalid(
        service.rpcs()::classifyTokens,
        ClassifyTokensRequest.newBuilder()
            .setModel("bert-tag")
            .addInputs(aligned(GOOD))
            .setAggregationValue(77)
            .build(),
        "aggregation has no value 77");
  }

  @Test
  void listsWhatEachModelCanDo() {
    assertThat(
            Rpc.call(service.rpcs()::listModels, ListModelsRequest.getDefaultInstance())
                .getModelsList())
        .extracting(
            model -> model.getName() + " " + String.join(",", model.getTasksList()),
            model -> String.join(",", model.getEncoder().getLabelsList()),
            model -> model.getEncoder().getProblemType(),
            model -> model.getEncoder().getActivation())
        .containsExactly(
            row("bert-answer answer_spans", "", "", ""),
            row(
                "bert-classify classify",
                "negative,neutral,positive",
                "multi_label_classification",
                ""),
            row("bert-fill embed,fill_mask", "", "", ""),
            row("bert-plain embed", "", "", ""),
            row("bert-rerank classify", "LABEL_0", "multi_label_classification", "sigmoid"),
            row("bert-tag classify_tokens", "O,B-PER,I-PER,B-LOC,I-LOC", "", ""));
  }

  private static Tuple tuple(String reason, String message) {
    return Tuple.tuple(reason, message);
  }

  private static Tuple row(Object... values) {
    return Tuple.tuple(values);
  }

  private static <Q, A> void assertUnsupported(
      BiConsumer<Q, StreamObserver<A>> rpc, Q request, String message) {
    assertThat(Rpc.failure(rpc, request))
        .isInstanceOf(WeftException.Unsupported.class)
        .hasMessage(message)
        .hasFieldOrPropertyWithValue("reason", "TASK_NOT_SUPPORTED");
  }

  private static <Q, A> void assertInvalid(
      BiConsumer<Q, StreamObserver<A>> rpc, Q request, String message) {
    assertThat(Rpc.failure(rpc, request))
        .isInstanceOf(WeftException.InvalidRequest.class)
        .hasMessage(message);
  }

  /** Special tokens at both ends, a token of each text for every other in between. */
  private static AlignedInput aligned(TokenInput tokens) {
    AlignedInput.Builder input = AlignedInput.newBuilder().setTokens(tokens);
    int last = tokens.getIdsCount() - 1;
    for (int i = 0; i <= last; i++) {
      boolean special = i == 0 || i == last;
      input
          .addOffsets(TextSpan.newBuilder().setStart(special ? 0 : i).setEnd(special ? 0 : i + 1))
          .addWordIds(special ? -1 : i)
          .addSequenceIds(special ? -1 : i % 2);
    }
    return input.build();
  }

  private static int[] filled(int length, int id) {
    int[] ids = new int[length];
    Arrays.fill(ids, id);
    return ids;
  }
}
