package io.weft.generator;

import static io.restassured.RestAssured.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.MetadataUtils;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.weft.generator.text.Vocabularies;
import io.weft.proto.common.v1.ModelInfo;
import io.weft.proto.generator.v1.AnyJsonObject;
import io.weft.proto.generator.v1.BeamSearch;
import io.weft.proto.generator.v1.Constraint;
import io.weft.proto.generator.v1.FinishReason;
import io.weft.proto.generator.v1.GenerateRequest;
import io.weft.proto.generator.v1.GeneratorServiceGrpc.GeneratorServiceStub;
import io.weft.proto.generator.v1.ListModelsRequest;
import io.weft.proto.generator.v1.OutputOptions;
import io.weft.proto.generator.v1.Sampling;
import io.weft.proto.generator.v1.StopConditions;
import io.weft.proto.generator.v1.TokenLogprob;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.Statuses;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The whole service over real gRPC, with a tiny model. */
@QuarkusTest
@TestProfile(TinyServiceProfile.class)
@Timeout(60)
class GeneratorServiceTest extends ServiceConnection {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

  @Inject InMemorySpanExporter spans;

  @Test
  void streamsTheTokensAndTextOfTransformers() throws InterruptedException {
    Call call = Call.start(stub, golden().build()).awaitEnd();

    assertThat(call.code()).isEqualTo(Status.Code.OK);
    assertThat(call.ids(0)).isEqualTo(GOLDEN.greedy());
    assertThat(call.text(0)).isEqualTo(letters(GOLDEN.greedy()));
    assertThat(call.responses().getFirst().getAccepted().getPromptTokens())
        .isEqualTo(GOLDEN.ids().size());
    assertThat(call.responses().getLast().hasFinished()).isTrue();
    assertThat(call.finished(0).getReason()).isEqualTo(FinishReason.FINISH_REASON_LENGTH);
    assertThat(call.finished(0).getUsage().getCompletionTokens()).isEqualTo(16);
    assertThat(call.finished(0).getUsage().getTimeToFirstTokenNs()).isPositive();
    assertThat(call.finished(0).getUsage().getDecodeTimeNs()).isPositive();
  }

  @Test
  void generatesSeveralSequencesFromOneSeed() throws InterruptedException {
    GenerateRequest request =
        golden().setN(6).setSampling(Sampling.newBuilder().setSeed(5)).build();

    Call first = Call.start(stub, request).awaitEnd();
    Call second = Call.start(stub, request).awaitEnd();

    for (int i = 0; i < 6; i++) {
      assertThat(first.ids(i)).hasSize(16).isEqualTo(second.ids(i));
      assertThat(first.finished(i).getIndex()).isEqualTo(i);
    }
    assertThat(first.ids(0)).isNotEqualTo(first.ids(1));
  }

  @Test
  void returnsTheBestOfSeveralSequences() throws InterruptedException {
    GenerateRequest.Builder request =
        golden().setN(2).setSampling(Sampling.newBuilder().setSeed(5).setBestOf(7));

    Call best = Call.start(stub, request.build()).awaitEnd();

    assertThat(best.finished(0).getScore()).isGreaterThanOrEqualTo(best.finished(1).getScore());
    assertThat(best.finished(1).getScore()).isNegative();
    assertThat(best.ids(0)).hasSize(16).isNotEqualTo(best.ids(1));
    assertThat(best.responses()).as("accepted, two deltas, two ends").hasSize(5);
  }

  @Test
  void searchesWithBeams() throws InterruptedException {
    Call one = Call.start(stub, beams(1, 1)).awaitEnd();
    Call four = Call.start(stub, beams(4, 2)).awaitEnd();

    assertThat(one.ids(0)).as("one beam is greedy").isEqualTo(GOLDEN.greedy());
    assertThat(four.ids(0)).hasSize(16);
    assertThat(four.text(0)).isEqualTo(letters(four.ids(0)));
    assertThat(four.ids(1)).hasSize(16).isNotEqualTo(four.ids(0));
    assertThat(four.finished(0).getScore()).isGreaterThan(four.finished(1).getScore());
    assertThat(four.responses()).as("accepted, two deltas, two ends").hasSize(5);
  }

  @Test
  void moreBeamsThanSlotsAreRefused() throws InterruptedException {
    Call call = Call.start(stub, beams(5, 1)).awaitEnd();

    assertThat(call.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(Statuses.fromStatus(call.failure()))
        .hasMessage("num_beams is 5, it must be between 1 and 4");
  }

  @Test
  void givesTheTextTheShapeThatWasAskedFor() throws InterruptedException {
    GenerateRequest request =
        golden(StopConditions.newBuilder().setMaxTokens(64)).toBuilder()
            .setSampling(Sampling.newBuilder().setSeed(1))
            .setConstraint(Constraint.newBuilder().setRegex("(ab|cd){3}x[a-z]{4}"))
            .setN(3)
            .build();

    Call call = Call.start(stub, request).awaitEnd();

    for (int i = 0; i < 3; i++) {
      assertThat(call.text(i)).matches("(ab|cd){3}x[a-z]{4}");
      assertThat(call.finished(i).getReason()).isEqualTo(FinishReason.FINISH_REASON_STOP);
      assertThat(call.finished(i).getUsage().getCompletionTokens()).isEqualTo(11);
    }
  }

  @Test
  void refusesAShapeThatItCannotGive() throws InterruptedException {
    Call wrong = Call.start(stub, shaped(Constraint.newBuilder().setRegex("(a"))).awaitEnd();
    // This vocabulary has letters only.
    Call unspeakable =
        Call.start(
                stub,
                shaped(Constraint.newBuilder().setJsonObject(AnyJsonObject.getDefaultInstance())))
            .awaitEnd();
    Call fine = Call.start(stub, shaped(Constraint.newBuilder().setRegex("ab"))).awaitEnd();

    assertThat(wrong.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(wrong.failure()).hasMessageContaining("a ( without its )");
    assertThat(unspeakable.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(unspeakable.failure()).hasMessageContaining("no text can ever have the shape");
    assertThat(fine.text(0)).isEqualTo("ab");
  }

  private static GenerateRequest shaped(Constraint.Builder constraint) {
    return golden(StopConditions.newBuilder().setMaxTokens(64)).toBuilder()
        .setConstraint(constraint)
        .build();
  }

  @Test
  void endsBeforeAStopString() throws InterruptedException {
    String text = letters(GOLDEN.greedy());
    String stop = text.substring(7, 10);
    Call call =
        Call.start(stub, golden(StopConditions.newBuilder().setMaxTokens(16).addStop(stop)))
            .awaitEnd();

    assertThat(call.text(0)).isEqualTo(text.substring(0, text.indexOf(stop)));
    assertThat(call.finished(0).getReason()).isEqualTo(FinishReason.FINISH_REASON_STOP);
    assertThat(call.finished(0).getMatchedStop()).isEqualTo(stop);
  }

  @Test
  void sendsLogProbabilitiesWithWhatTokensSpell() throws InterruptedException {
    Call call =
        Call.start(stub, golden().setOutput(OutputOptions.newBuilder().setTopLogprobs(2)).build())
            .awaitEnd();

    List<TokenLogprob> logprobs =
        call.responses().stream()
            .flatMap(response -> response.getDelta().getLogprobsList().stream())
            .toList();
    assertThat(logprobs).hasSize(16);
    for (int i = 0; i < 16; i++) {
      TokenLogprob logprob = logprobs.get(i);
      assertThat(logprob.getToken().getId()).isEqualTo(GOLDEN.greedy().get(i));
      assertThat(logprob.getToken().getBytes().toStringUtf8())
          .isEqualTo(letters(List.of(GOLDEN.greedy().get(i))));
      assertThat(logprob.getTopList()).hasSize(2);
      assertThat(logprob.getTop(0)).isEqualTo(logprob.getToken());
      assertThat(logprob.getTop(1).getLogprob()).isLessThan(logprob.getToken().getLogprob());
    }
  }

  @Test
  void aBadRequestIsToldWhatIsWrong() throws InterruptedException {
    Call call =
        Call.start(stub, golden().setSampling(Sampling.newBuilder().setTemperature(3)).build())
            .awaitEnd();

    assertThat(call.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    WeftException failure = Statuses.fromStatus(call.failure());
    assertThat(failure).hasMessage("temperature is 3.0, it must be between 0.0 and 2.0");
    assertThat(failure.metadata()).containsEntry("param", "sampling.temperature");
  }

  @Test
  void aPromptLongerThanTheContextIsRefused() throws InterruptedException {
    GenerateRequest.Builder request = GenerateRequest.newBuilder().setModel(MODEL);
    for (int i = 0; i < 300; i++) {
      request.addPromptIds(i);
    }
    Call call = Call.start(stub, request.build()).awaitEnd();

    assertThat(call.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(Statuses.fromStatus(call.failure())).hasMessage("prompt of 300 tokens > 255");
    assertThat(Statuses.fromStatus(call.failure()).reason()).isEqualTo("CONTEXT_LENGTH_EXCEEDED");
  }

  @Test
  void anUnknownModelIsNotFound() throws InterruptedException {
    Call call = Call.start(stub, golden().setModel("nothing").build()).awaitEnd();

    assertThat(call.code()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(Statuses.fromStatus(call.failure()).metadata()).containsEntry("param", "model");
  }

  @Test
  void aPromptOfAnotherVocabularyIsRefused() throws InterruptedException {
    assertThat(Call.start(stub, golden().setVocabularyHash(hash()).build()).awaitEnd().ids(0))
        .isEqualTo(GOLDEN.greedy());
    Call call = Call.start(stub, golden().setVocabularyHash("00").build()).awaitEnd();

    assertThat(call.code()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThat(Statuses.fromStatus(call.failure()).reason()).isEqualTo("VOCABULARY_MISMATCH");
  }

  @Test
  void listsItsModels() {
    List<ModelInfo> models =
        blocking.listModels(ListModelsRequest.getDefaultInstance()).getModelsList();

    assertThat(models)
        .extracting(ModelInfo::getName, ModelInfo::getFamily, ModelInfo::getContextLength)
        .containsExactly(
            tuple(TinyServiceProfile.ENCODER_DECODER, "encoder-decoder", 1_024),
            tuple(MODEL, "decoder", 256));
    assertThat(models.getLast().getTasksList()).containsExactly("generate");
    assertThat(models.getLast().getVocabularyHash()).isEqualTo(hash());
  }

  @Test
  void showsItsHealthAndItsMetrics() throws InterruptedException {
    Call.start(stub, golden().build()).awaitEnd();

    get("/q/health/live").then().statusCode(200);
    String metrics = get("/q/metrics").asString();
    assertThat(metrics)
        .contains("weft_generator_running_sequences{model=\"tiny-llama\"} 0")
        .contains("weft_generator_decode_batch_size_bucket{model=\"tiny-llama\",le=\"1.0\"}")
        .contains("weft_generator_decode_batch_size_bucket{model=\"tiny-llama\",le=\"32.0\"}")
        .contains("weft_generator_time_to_first_token_seconds_count{model=\"tiny-llama\"}")
        .contains("weft_generator_completion_tokens_total{model=\"tiny-llama\"}")
        .contains("weft_generator_cache_usage{model=\"tiny-llama\"} 0")
        .contains("vllm:num_requests_running{model_name=\"tiny-llama\"} 0")
        .contains("vllm:num_requests_waiting{model_name=\"tiny-llama\"} 0")
        .contains("vllm:kv_cache_usage_perc{model_name=\"tiny-llama\"} 0")
        .contains("vllm:prefix_cache_queries_total{model_name=\"tiny-llama\"}")
        .contains("vllm:prefix_cache_hits_total{model_name=\"tiny-llama\"}")
        .contains("vllm:prompt_tokens_total{model_name=\"tiny-llama\"}")
        .contains("vllm:generation_tokens_total{model_name=\"tiny-llama\"}")
        .contains("vllm:time_to_first_token_seconds_bucket{model_name=\"tiny-llama\",le=\"0.001\"}")
        .contains(
            "vllm:time_to_first_token_seconds_bucket{model_name=\"tiny-llama\",le=\"2560.0\"}")
        .contains("vllm:inter_token_latency_seconds_count{model_name=\"tiny-llama\"}")
        .contains("vllm:time_per_output_token_seconds_count{model_name=\"tiny-llama\"}")
        .contains("vllm:request_time_per_output_token_seconds_sum{model_name=\"tiny-llama\"}")
        .contains("vllm:e2e_request_latency_seconds_bucket{model_name=\"tiny-llama\",le=\"0.3\"}")
        .contains(
            "vllm:e2e_request_latency_seconds_bucket{model_name=\"tiny-llama\",le=\"7680.0\"}")
        .contains("vllm:request_queue_time_seconds_count{model_name=\"tiny-llama\"}")
        .containsPattern(
            "vllm:request_success_total\\{finished_reason=\"(stop|length)\",model_name=\"tiny-llama\"\\} [1-9]");
  }

  @Test
  void theSpanOfASequenceBelongsToItsCallAndThatToItsCaller() throws InterruptedException {
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER),
        "00-%s-00f067aa0ba902b7-01".formatted(TRACE));
    GeneratorServiceStub traced =
        stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
    Call.start(traced, golden().build()).awaitEnd();
    await(Duration.ofSeconds(10), () -> trace().size() == 2);

    SpanData sequence =
        trace().stream()
            .filter(s -> s.getName().equals("generator.sequence"))
            .findAny()
            .orElseThrow();
    SpanData server =
        trace().stream().filter(s -> s.getKind() == SpanKind.SERVER).findAny().orElseThrow();
    assertThat(server.getParentSpanId()).isEqualTo("00f067aa0ba902b7");
    assertThat(sequence.getParentSpanId()).isEqualTo(server.getSpanId());
    assertThat(sequence.getEvents())
        .extracting(EventData::getName)
        .containsExactly("slot", "prefilled", "first_token");
    assertThat(sequence.getAttributes().asMap().toString())
        .contains("gen_ai.usage.output_tokens=16", "gen_ai.response.finish_reasons=[length]");
  }

  private List<SpanData> trace() {
    return spans.getFinishedSpanItems().stream()
        .filter(span -> span.getTraceId().equals(TRACE))
        .toList();
  }

  private static GenerateRequest beams(int numBeams, int n) {
    return golden()
        .setN(n)
        .setSampling(
            Sampling.newBuilder().setBeamSearch(BeamSearch.newBuilder().setNumBeams(numBeams)))
        .build();
  }

  private static GenerateRequest golden(StopConditions.Builder stop) {
    return golden().setStop(stop.setIgnoreEos(true)).build();
  }

  private static String hash() {
    return Vocabularies.letters(320).hash();
  }
}
