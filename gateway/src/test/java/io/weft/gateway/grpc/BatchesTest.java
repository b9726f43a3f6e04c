package io.weft.gateway.grpc;

import static io.weft.gateway.grpc.Channels.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.grpc.Status;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.gateway.fake.FakeEncoder;
import io.weft.proto.common.v1.ItemError;
import io.weft.proto.common.v1.ModelInfo;
import io.weft.proto.encoder.v1.VectorFormat;
import io.weft.proto.gateway.v1.ClassifyRequest;
import io.weft.proto.gateway.v1.ClassifyResponse;
import io.weft.proto.gateway.v1.EmbedRequest;
import io.weft.proto.gateway.v1.EmbedResponse;
import io.weft.proto.gateway.v1.EmbedResult;
import io.weft.proto.gateway.v1.InferenceServiceGrpc;
import io.weft.proto.gateway.v1.InferenceServiceGrpc.InferenceServiceBlockingStub;
import io.weft.proto.gateway.v1.Label;
import io.weft.proto.gateway.v1.ListModelsRequest;
import io.weft.proto.gateway.v1.RankedText;
import io.weft.proto.gateway.v1.RerankRequest;
import io.weft.proto.gateway.v1.RerankResponse;
import io.weft.proto.gateway.v1.ScoreRequest;
import io.weft.proto.gateway.v1.ScoreResponse;
import io.weft.proto.gateway.v1.ScoreResult;
import io.weft.proto.gateway.v1.TextPair;
import io.weft.runtime.error.WeftException;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Embed, Classify, Rerank, Score and ListModels. */
@QuarkusTest
class BatchesTest extends GrpcTest {
  private static final String TOO_LONG = "1 2 3 4 5 6 7 8 9";

  /** Token ids are lengths of words, and 666 and 999 are what the encoder fails at. */
  private static final String BAD_TOKEN = "x".repeat(666);

  private static final String BAD_NUMBERS = "x".repeat(999);

  private InferenceServiceBlockingStub stub;

  @BeforeEach
  void makeStub() {
    stub = InferenceServiceGrpc.newBlockingStub(channel);
  }

  @Test
  void embeds() {
    EmbedResponse response =
        stub.embed(embed("a bb", "ccc").setNormalize(true).setDimensions(2).build());

    assertThat(response.getResultsList())
        .extracting(result -> result.getVector().getValuesList())
        .containsExactly(List.of(2f, 1f), List.of(1f, 3f));
    assertThat(response.getPromptTokens()).isEqualTo(3);
    assertThat(response.getNormalized()).isTrue();

    EmbedResponse packed =
        stub.embed(embed("a").setFormat(VectorFormat.VECTOR_FORMAT_INT8).build());
    assertThat(packed.getResults(0).getVector().getPacked().toByteArray()).containsExactly(1, -128);
  }

  @Test
  void aTextThatCannotBeEmbeddedFailsAlone() {
    EmbedResponse response =
        stub.embed(embed("a", "", "unencodable", TOO_LONG, BAD_TOKEN, BAD_NUMBERS, "b c").build());

    assertThat(response.getResultsList())
        .extracting(EmbedResult::hasVector)
        .containsExactly(true, false, false, false, false, false, true);
    assertThat(response.getResultsList().subList(1, 6))
        .extracting(EmbedResult::getError)
        .extracting(ItemError::getCode, ItemError::getReason, ItemError::getMessage)
        .containsExactly(
            tuple(3, "OUT_OF_RANGE", "0 characters, at least 1 is needed"),
            tuple(3, "TEXT_TOO_LONG", "1,048,577 bytes > 1,048,576"),
            tuple(3, "CONTEXT_LENGTH_EXCEEDED", "9 tokens > 8, the model's context"),
            tuple(3, "TOKEN_OUT_OF_RANGE", "token id 666 >= vocabulary size, 600"),
            tuple(13, "INTERNAL", "the model's output is not finite"));
    assertThat(response.getPromptTokens()).isEqualTo(3);
    assertThat(stub.embed(embed(TOO_LONG).setTruncate(true).build()).getResults(0).hasVector())
        .isTrue();
    assertThat(stub.embed(embed("", "").build()).getResultsList())
        .hasSize(2)
        .noneMatch(EmbedResult::hasVector);
  }

  @Test
  void aFailureOfAllFailsTheCall() {
    FakeEncoder.failure =
        new WeftException.Overloaded("QUEUE_FULL", "full", java.time.Duration.ofSeconds(3));
    WeftException failure =
        failure(Status.Code.RESOURCE_EXHAUSTED, () -> stub.embed(embed("a").build()), "full");
    assertThat(((WeftException.Overloaded) failure).retryAfter()).hasSeconds(3);

    failure(
        Status.Code.INVALID_ARGUMENT,
        () -> stub.embed(embed().build()),
        "texts has 0 entries, it must have between 1 and 2,048");
    failure(
        Status.Code.INVALID_ARGUMENT,
        () -> stub.embed(embed().addAllTexts(Collections.nCopies(2_049, "a")).build()),
        "texts has 2,049 entries");
    failure(
        Status.Code.INVALID_ARGUMENT,
        () -> stub.embed(embed("a").setDimensions(-1).build()),
        "dimensions is -1");
    failure(
        Status.Code.INVALID_ARGUMENT,
        () -> stub.embed(embed("a").setFormatValue(77).build()),
        "format is 77");
    failure(
        Status.Code.FAILED_PRECONDITION,
        () -> stub.embed(embed("a").setModel("sentiment").build()),
        "cannot embed");
  }

  @Test
  void labels() {
    ClassifyResponse response =
        stub.classify(
            ClassifyRequest.newBuilder()
                .setModel("sentiment")
                .addTexts("a b")
                .addTexts("")
                .addTexts("1 2 3 4 5 6")
                .build());

    assertThat(response.getResults(0).getLabels().getLabelsList())
        .containsExactly(label("neg", 0, 0.75f), label("pos", 1, 0.25f));
    assertThat(response.getResults(1).getError().getReason()).isEqualTo("OUT_OF_RANGE");
    assertThat(response.getResults(2).getLabels().getLabels(0).getName()).isEqualTo("pos");
    assertThat(response.getPromptTokens()).isEqualTo(8);
    assertThat(
            stub.classify(
                    ClassifyRequest.newBuilder()
                        .setModel("sentiment")
                        .addTexts("a b c d")
                        .setRawScores(true)
                        .build())
                .getResults(0)
                .getLabels()
                .getLabels(0)
                .getScore())
        .isEqualTo(5);
  }

  @Test
  void ordersTextsAndKeepsFailuresApart() {
    RerankRequest.Builder request =
        RerankRequest.newBuilder()
            .setModel("ranker")
            .setQuery("q")
            .addTexts("a")
            .addTexts(TOO_LONG)
            .addTexts("ccc")
            .addTexts("")
            .addTexts("bb");
    RerankResponse response = stub.rerank(request.build());

    assertThat(response.getResultsList())
        .extracting(RankedText::getIndex, RankedText::getScore)
        .containsExactly(tuple(2, 0.3f), tuple(4, 0.2f), tuple(0, 0.1f));
    assertThat(response.getFailuresList())
        .extracting(failed -> failed.getIndex() + failed.getError().getReason())
        .containsExactly("1CONTEXT_LENGTH_EXCEEDED", "3OUT_OF_RANGE");
    assertThat(response.getPromptTokens()).isEqualTo(6);
    assertThat(stub.rerank(request.setTopN(1).build()).getResultsList()).hasSize(1);

    failure(
        Status.Code.INVALID_ARGUMENT,
        () -> stub.rerank(request.setQuery("").build()),
        "query has 0 characters");
    failure(
        Status.Code.INVALID_ARGUMENT,
        () -> stub.rerank(request.setQuery("q").setTopN(-1).build()),
        "top_n is -1");
  }

  @Test
  void scoresPairs() {
    ScoreRequest.Builder request =
        ScoreRequest.newBuilder()
            .setModel("ranker")
            .addPairs(TextPair.newBuilder().setFirst("q").setSecond("ccc"))
            .addPairs(TextPair.newBuilder().setFirst("q"));
    ScoreResponse response = stub.score(request.build());

    assertThat(response.getResults(0).getScore()).isEqualTo(0.3f);
    assertThat(response.getResults(1).getError().getReason()).isEqualTo("OUT_OF_RANGE");

    ScoreResponse cosines = stub.score(request.setModel("minilm").build());
    // (1, 1, 0.5, -1) and (1, 3, 0.5, -1), which the fake gives as they are.
    assertThat(cosines.getResults(0).getScore()).isEqualTo(5.25f);
    assertThat(cosines.getResultsList())
        .extracting(ScoreResult::hasScore)
        .containsExactly(true, false);
  }

  @Test
  void namesTheModelsOfAllServices() {
    assertThat(stub.listModels(ListModelsRequest.getDefaultInstance()).getModelsList())
        .extracting(ModelInfo::getName)
        .contains("minilm", "ranker", "sentiment", "smol", "t5")
        .isSorted();
  }

  private static Label label(String name, int index, float score) {
    return Label.newBuilder().setName(name).setIndex(index).setScore(score).build();
  }

  private static EmbedRequest.Builder embed(String... texts) {
    return EmbedRequest.newBuilder().setModel("minilm").addAllTexts(List.of(texts));
  }
}
