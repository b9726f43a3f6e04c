package io.weft.gateway.grpc;

import static io.weft.gateway.grpc.Channels.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import io.grpc.Status;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.proto.common.v1.TextSpan;
import io.weft.proto.encoder.v1.Aggregation;
import io.weft.proto.gateway.v1.Answer;
import io.weft.proto.gateway.v1.AnswerQuestionsRequest;
import io.weft.proto.gateway.v1.AnswerQuestionsResponse;
import io.weft.proto.gateway.v1.ClassifyTokensRequest;
import io.weft.proto.gateway.v1.ClassifyTokensResponse;
import io.weft.proto.gateway.v1.ClassifyZeroShotRequest;
import io.weft.proto.gateway.v1.ClassifyZeroShotResponse;
import io.weft.proto.gateway.v1.Entity;
import io.weft.proto.gateway.v1.FillMaskRequest;
import io.weft.proto.gateway.v1.FillMaskResponse;
import io.weft.proto.gateway.v1.IgnoredLabels;
import io.weft.proto.gateway.v1.InferenceServiceGrpc;
import io.weft.proto.gateway.v1.InferenceServiceGrpc.InferenceServiceBlockingStub;
import io.weft.proto.gateway.v1.Label;
import io.weft.proto.gateway.v1.MaskCandidate;
import io.weft.proto.gateway.v1.Question;
import java.util.Collections;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The pipelines' tasks: the answers of REST, and items that fail alone. */
@QuarkusTest
class EncoderTasksTest extends GrpcTest {
  private InferenceServiceBlockingStub stub;

  @BeforeEach
  void makeStub() {
    stub = InferenceServiceGrpc.newBlockingStub(channel);
  }

  @Test
  void findsEntitiesAndABadTextFailsAlone() {
    ClassifyTokensResponse response =
        stub.classifyTokens(
            ClassifyTokensRequest.newBuilder()
                .setModel("tagger")
                .addTexts("four a \ud83d\ude00b")
                .addTexts("")
                .addTexts("unencodable")
                .addTexts("bb")
                .build());

    assertThat(response.getResults(0).getEntities().getEntitiesList())
        .extracting(Entity::getLabel, Entity::getScore, Entity::getIndex, Entity::getWord)
        .containsExactly(
            tuple("B-PER", 0.125f, 2, "##a"), tuple("B-PER", 0.125f, 3, "##\ud83d\ude00b"));
    assertThat(response.getResults(0).getEntities().getEntities(1).getSpan())
        .isEqualTo(TextSpan.newBuilder().setStart(7).setEnd(9).build());
    assertThat(response.getResults(1).getError().getMessage()).startsWith("0 characters");
    assertThat(response.getResults(2).getError().getReason()).isEqualTo("TEXT_TOO_LONG");
    assertThat(response.getResults(3).hasEntities()).isTrue();
    assertThat(response.getPromptTokens()).isEqualTo(6);
  }

  @Test
  void groupsEntitiesBesideATextThatFails() {
    ClassifyTokensResponse response =
        stub.classifyTokens(
            ClassifyTokensRequest.newBuilder()
                .setModel("tagger")
                .addTexts("unencodable")
                .addTexts("four a bbb")
                .setAggregation(Aggregation.AGGREGATION_FIRST)
                .setIgnoredLabels(IgnoredLabels.getDefaultInstance())
                .build());

    assertThat(response.getResults(0).hasError()).isTrue();
    assertThat(response.getResults(1).getEntities().getEntitiesList())
        .extracting(Entity::getLabel, Entity::getWord, Entity::hasIndex)
        .containsExactly(tuple("O", "4", false), tuple("PER", "1 3", false));
  }

  @Test
  void answersQuestionsAndABadOneFailsAlone() {
    AnswerQuestionsResponse response =
        stub.answerQuestions(
            AnswerQuestionsRequest.newBuilder()
                .setModel("reader")
                .addQuestions(Question.newBuilder().setQuestion("a b"))
                .addQuestions(
                    Question.newBuilder()
                        .setQuestion("a b")
                        .setPassage("\ud83d\ude00 Paris x paris"))
                .setTopK(3)
                .setMaxWindowTokens(6)
                .setStride(2)
                .setMaxAnswerTokens(7)
                .build());

    assertThat(response.getResults(0).getError().getMessage()).startsWith("0 characters");
    assertThat(response.getResults(1).getAnswers().getAnswersList())
        .extracting(Answer::getText, Answer::getScore)
        .containsExactly(tuple("Paris", 1.875f), tuple("\ud83d\ude00", 0.25f), tuple("x", 0.25f));
    assertThat(response.getResults(1).getAnswers().getNoAnswerScore()).isEqualTo(0.25f);
    assertThat(response.getPromptTokens()).isEqualTo(12);
  }

  @Test
  void fillsMasksAndATextWithoutOneFailsAlone() {
    FillMaskResponse response =
        stub.fillMask(
            FillMaskRequest.newBuilder()
                .setModel("masker")
                .addTexts("aaaa [MASK]")
                .addTexts("none")
                .addTexts("[MASK] [MASK]")
                .setTopK(2)
                .build());

    assertThat(response.getResults(0).getMasks().getMasks(0).getCandidatesList())
        .extracting(MaskCandidate::getId, MaskCandidate::getToken, MaskCandidate::getText)
        .containsExactly(tuple(1, "1", "4 1"), tuple(2, "2", "4 2"));
    assertThat(response.getResults(1).getError().getReason()).isEqualTo("NO_MASK");
    assertThat(response.getResults(2).getMasks().getMasksCount()).isEqualTo(2);
    assertThat(response.getResults(2).getMasks().getMasks(1).getCandidates(0).getText())
        .isEqualTo("103 1");
    assertThat(response.getPromptTokens()).isEqualTo(4);
  }

  @Test
  void choosesAmongTargets() {
    FillMaskResponse response =
        stub.fillMask(
            FillMaskRequest.newBuilder()
                .setModel("masker")
                .addTexts("[MASK]")
                .addTargets("17")
                .addTargets("four")
                .build());

    assertThat(response.getResults(0).getMasks().getMasks(0).getCandidatesList())
        .extracting(MaskCandidate::getId)
        .containsExactly(17, 4);
  }

  @Test
  void labelsByOtherLabelsAndABadTextFailsAlone() {
    ClassifyZeroShotResponse response =
        stub.classifyZeroShot(
            ClassifyZeroShotRequest.newBuilder()
                .setModel("nli")
                .addTexts("a")
                .addTexts("unencodable")
                .addLabels("x")
                .addLabels("yy")
                .setTemplate("it is {}")
                .build());

    assertThat(response.getResults(0).getLabels().getLabelsList())
        .extracting(Label::getName, Label::getIndex)
        .containsExactly(tuple("yy", 1), tuple("x", 0));
    assertThat(response.getResults(0).getLabels().getLabels(0).getScore())
        .isCloseTo(0.7310586f, within(1e-6f));
    assertThat(response.getResults(1).getError().getReason()).isEqualTo("TEXT_TOO_LONG");
  }

  @Test
  void refusesWhatIsOutOfRange() {
    invalid(() -> stub.classifyTokens(tags().build()), "texts has 0 entries");
    invalid(
        () -> stub.classifyTokens(tags().addAllTexts(Collections.nCopies(1_001, "a")).build()),
        "texts has 1,001 entries, it must have between 1 and 1,000");
    invalid(
        () -> stub.classifyTokens(tags().addTexts("a").setAggregationValue(99).build()),
        "aggregation is not one of the known values");
    invalid(
        () -> stub.answerQuestions(questions().setTopK(21).build()),
        "top_k is 21, it must be between 1 and 20");
    invalid(
        () -> stub.answerQuestions(questions().setMaxAnswerTokens(0).build()),
        "max_answer_tokens is 0, it must be between 1 and 512");
    invalid(
        () -> stub.answerQuestions(questions().setMaxWindowTokens(9_999).build()),
        "max_window_tokens is 9,999 > ");
    invalid(
        () -> stub.answerQuestions(questions().setMaxWindowTokens(4).setStride(4).build()),
        "stride is 4, it must be below the window's 4 tokens");
    invalid(
        () ->
            stub.fillMask(
                FillMaskRequest.newBuilder().setModel("masker").addTexts("a").setTopK(0).build()),
        "top_k is 0, it must be between 1 and 100");
    invalid(
        () ->
            stub.classifyZeroShot(
                ClassifyZeroShotRequest.newBuilder()
                    .setModel("nli")
                    .addTexts("a")
                    .addLabels("b")
                    .setTemplate("none")
                    .build()),
        "template must hold {} once, where the label goes");
    invalid(
        () ->
            stub.classifyZeroShot(
                ClassifyZeroShotRequest.newBuilder()
                    .setModel("nli")
                    .addAllTexts(Collections.nCopies(100, "a"))
                    .addAllLabels(Collections.nCopies(100, "b"))
                    .build()),
        "100 texts with 100 labels are 10,000 pairs > 2,048");
    failure(
        Status.Code.FAILED_PRECONDITION,
        () -> stub.fillMask(FillMaskRequest.newBuilder().setModel("tagger").addTexts("a").build()),
        "model 'tagger' cannot");
  }

  private static ClassifyTokensRequest.Builder tags() {
    return ClassifyTokensRequest.newBuilder().setModel("tagger");
  }

  private static AnswerQuestionsRequest.Builder questions() {
    return AnswerQuestionsRequest.newBuilder()
        .setModel("reader")
        .addQuestions(Question.newBuilder().setQuestion("a").setPassage("b"));
  }

  private static void invalid(ThrowingCallable call, String message) {
    failure(Status.Code.INVALID_ARGUMENT, call, message);
  }
}
