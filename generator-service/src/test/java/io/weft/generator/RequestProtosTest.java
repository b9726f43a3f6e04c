package io.weft.generator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.generator.engine.BeamOptions;
import io.weft.generator.engine.BeamOptions.EarlyStopping;
import io.weft.generator.engine.GenerationRequest;
import io.weft.generator.engine.Prompt;
import io.weft.generator.sampling.Penalties;
import io.weft.generator.sampling.SamplingOptions;
import io.weft.proto.generator.v1.BeamSearch;
import io.weft.proto.generator.v1.GenerateRequest;
import io.weft.proto.generator.v1.OutputOptions;
import io.weft.proto.generator.v1.Sampling;
import io.weft.proto.generator.v1.StopConditions;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.model.ModelManifest;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RequestProtosTest {
  private static final RequestLimits LIMITS =
      new RequestLimits(1_000, 8_192, null, 8, List.of(2, 5), SamplingDefaults.of(null, 1_000));

  @Test
  void absentParametersHaveTheContractsDefaults() {
    GenerationRequest request = RequestProtos.request(prompt(7, 8).build(), LIMITS);

    assertThat(request.prompt()).isEqualTo(Prompt.of(7, 8));
    assertThat(request.n()).isEqualTo(1);
    assertThat(request.sampling()).isEqualTo(SamplingOptions.likeliest());
    assertThat(request.stop().maxTokens()).isEqualTo(8_190);
    assertThat(request.stop().minTokens()).isZero();
    assertThat(request.stop().endIds()).containsExactlyInAnyOrder(2, 5);
    assertThat(request.stop().stop()).isEmpty();
    assertThat(request.output().topLogprobs()).isNull();
    assertThat(request.output().includeSpecialTokens()).isFalse();
  }

  @Test
  void anEmptySamplingMeansTemperatureOneAndARandomSeed() {
    GenerateRequest proto = prompt(7).setSampling(Sampling.getDefaultInstance()).build();

    SamplingOptions first = RequestProtos.request(proto, LIMITS).sampling();
    SamplingOptions second = RequestProtos.request(proto, LIMITS).sampling();

    assertThat(first.temperature()).isEqualTo(1);
    assertThat(first.topP()).isEqualTo(1);
    assertThat(first.topK()).isZero();
    assertThat(first.minP()).isZero();
    assertThat(first.seed()).isNotEqualTo(second.seed());
  }

  @Test
  void whatTheCheckpointsAuthorsRecommendIsTheDefault() {
    ModelManifest.GenerationSpec recommended =
        new ModelManifest.GenerationSpec(0.7f, 0.8f, 2_000, 1.1f, null);
    RequestLimits limits =
        new RequestLimits(
            1_000, 8_192, null, 8, List.of(), SamplingDefaults.of(recommended, 1_000));
    Sampling own =
        Sampling.newBuilder()
            .setTemperature(1)
            .setTopK(0)
            .setTopP(1)
            .setRepetitionPenalty(1)
            .build();

    SamplingOptions absent =
        RequestProtos.request(prompt(7).setSampling(Sampling.getDefaultInstance()).build(), limits)
            .sampling();
    SamplingOptions given =
        RequestProtos.request(prompt(7).setSampling(own).build(), limits).sampling();

    assertThat(absent.temperature()).isEqualTo(0.7f);
    assertThat(absent.topP()).isEqualTo(0.8f);
    assertThat(absent.topK()).isEqualTo(1_000);
    assertThat(absent.penalties()).isEqualTo(new Penalties(1.1f, 0, 0, 0));
    assertThat(given.temperature()).isEqualTo(1);
    assertThat(given.topP()).isEqualTo(1);
    assertThat(given.topK()).isZero();
    assertThat(given.penalties()).isEqualTo(Penalties.NONE);
  }

  @Test
  void takesEveryParameterThatItCarriesOut() {
    GenerateRequest proto =
        prompt(7)
            .setN(16)
            .setSampling(
                Sampling.newBuilder()
                    .setTemperature(0.5f)
                    .setTopK(1_000)
                    .setTopP(0.9f)
                    .setMinP(0.1f)
                    .setTypicalP(0.3f)
                    .setRepetitionPenalty(1.2f)
                    .setPresencePenalty(-2)
                    .setFrequencyPenalty(2)
                    .setNoRepeatNgramSize(64)
                    .setSeed(-3)
                    .putLogitBias(999, -100)
                    .putLogitBias(0, 100))
            .setStop(
                StopConditions.newBuilder()
                    .setMaxTokens(20)
                    .setMinTokens(20)
                    .addStop("a")
                    .addStop("é")
                    .addStopTokenIds(9)
                    .setIgnoreEos(true)
                    .setIncludeStopText(true))
            .setOutput(OutputOptions.newBuilder().setTopLogprobs(20).setIncludeSpecialTokens(true))
            .build();

    GenerationRequest request = RequestProtos.request(proto, LIMITS);

    assertThat(request.n()).isEqualTo(16);
    assertThat(request.sampling())
        .isEqualTo(
            new SamplingOptions(
                0.5f,
                1_000,
                0.9f,
                0.1f,
                0.3f,
                new Penalties(1.2f, -2, 2, 64),
                -3,
                Map.of(999, -100f, 0, 100f)));
    assertThat(request.stop().maxTokens()).isEqualTo(20);
    assertThat(request.stop().minTokens()).isEqualTo(20);
    assertThat(request.stop().stop()).containsExactly("a", "é");
    assertThat(request.stop().endIds()).containsExactly(9);
    assertThat(request.stop().includeStopText()).isTrue();
    assertThat(request.output().topLogprobs()).isEqualTo(20);
    assertThat(request.output().includeSpecialTokens()).isTrue();
  }

  @Test
  void theContextBoundsWhatIsGenerated() {
    GenerateRequest proto =
        prompt(IntStream.range(0, 8_000).map(i -> i % 1_000).toArray())
            .setStop(StopConditions.newBuilder().setMaxTokens(8_192).setMinTokens(500))
            .build();

    GenerationRequest request = RequestProtos.request(proto, LIMITS);

    assertThat(request.stop().maxTokens()).isEqualTo(192);
    assertThat(request.stop().minTokens()).isEqualTo(192);
  }

  @Test
  void valuesThatChangeNothingAreNotRefused() {
    GenerateRequest proto =
        sampling(
            Sampling.newBuilder()
                .setTypicalP(1)
                .setRepetitionPenalty(1)
                .setPresencePenalty(0)
                .setFrequencyPenalty(0)
                .setNoRepeatNgramSize(0)
                .setBestOf(1));

    assertThat(RequestProtos.request(proto, LIMITS).n()).isEqualTo(1);
  }

  @Test
  void thePromptOfAnEncoderDecoderIsItsEncodersInput() {
    RequestLimits limits =
        new RequestLimits(1_000, 512, 3, 8, List.of(1), SamplingDefaults.of(null, 1_000));

    GenerationRequest request = RequestProtos.request(prompt(new int[512]).build(), limits);

    assertThat(request.prompt()).isEqualTo(Prompt.ofInput(Prompt.of(new int[512]), 3));
    assertThat(request.prompt().givenTokens()).isEqualTo(512);
    assertThat(request.stop().maxTokens()).isEqualTo(511);
    assertThatThrownBy(() -> RequestProtos.request(prompt(new int[513]).build(), limits))
        .isInstanceOfSatisfying(
            WeftException.InvalidRequest.class,
            e -> {
              assertThat(e.reason()).isEqualTo("CONTEXT_LENGTH_EXCEEDED");
              assertThat(e).hasMessage("prompt of 513 tokens > 512");
            });
  }

  @Test
  void aPromptThatIsTooLongHasItsOwnReason() {
    GenerateRequest proto = prompt(new int[8_211]).build();

    assertThatThrownBy(() -> RequestProtos.request(proto, LIMITS))
        .isInstanceOfSatisfying(
            WeftException.InvalidRequest.class,
            e -> {
              assertThat(e.reason()).isEqualTo("CONTEXT_LENGTH_EXCEEDED");
              assertThat(e).hasMessage("prompt of 8,211 tokens > 8,191");
              assertThat(e.metadata()).containsEntry("param", "prompt_ids");
            });
    assertThat(RequestProtos.request(prompt(new int[8_191]).build(), LIMITS).stop().maxTokens())
        .isEqualTo(1);
  }

  @Test
  void takesBestOf() {
    GenerateRequest proto =
        prompt(7).setN(2).setSampling(Sampling.newBuilder().setBestOf(16)).build();

    GenerationRequest request = RequestProtos.request(proto, LIMITS);

    assertThat(request.n()).isEqualTo(2);
    assertThat(request.bestOf()).isEqualTo(16);
    assertThat(request.beams()).isNull();
  }

  @Test
  void takesBeamSearch() {
    BeamSearch.Builder beams = BeamSearch.newBuilder().setNumBeams(8);

    assertThat(RequestProtos.request(beams(beams), LIMITS).beams())
        .isEqualTo(new BeamOptions(8, 1, EarlyStopping.LIKELY));
    beams.setLengthPenalty(-5).setEarlyStopping(true);
    assertThat(RequestProtos.request(beams(beams), LIMITS).beams())
        .isEqualTo(new BeamOptions(8, -5, EarlyStopping.FIRST));
    beams.setEarlyStopping(false).setExhaustive(true);
    assertThat(RequestProtos.request(beams(beams), LIMITS).beams())
        .isEqualTo(new BeamOptions(8, -5, EarlyStopping.NEVER));
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        Arguments.of(
            GenerateRequest.getDefaultInstance(),
            "prompt_ids",
            "prompt of 0 tokens, at least 1 is needed"),
        Arguments.of(
            prompt(3, 1_000).build(), "prompt_ids", "token id 1,000 is not between 0 and 999"),
        Arguments.of(prompt(-1).build(), "prompt_ids", "token id -1 is not between 0 and 999"),
        Arguments.of(prompt(1).setN(0).build(), "n", "n is 0, it must be between 1 and 16"),
        Arguments.of(prompt(1).setN(17).build(), "n", "n is 17, it must be between 1 and 16"),
        Arguments.of(
            prompt(1).setTenant("t".repeat(257)).build(),
            "tenant",
            "257 characters of tenant > 256"),
        Arguments.of(
            sampling(Sampling.newBuilder().setTemperature(-0.1f)),
            "sampling.temperature",
            "temperature is -0.1, it must be between 0.0 and 2.0"),
        Arguments.of(
            sampling(Sampling.newBuilder().setTemperature(2.1f)),
            "sampling.temperature",
            "temperature is 2.1, it must be between 0.0 and 2.0"),
        Arguments.of(
            sampling(Sampling.newBuilder().setTemperature(Float.NaN)),
            "sampling.temperature",
            "temperature is NaN, it must be between 0.0 and 2.0"),
        Arguments.of(
            sampling(Sampling.newBuilder().setTopK(-1)),
            "sampling.top_k",
            "top_k is -1, it must be between 0 and 1,000"),
        Arguments.of(
            sampling(Sampling.newBuilder().setTopK(1_001)),
            "sampling.top_k",
            "top_k is 1,001, it must be between 0 and 1,000"),
        Arguments.of(
            sampling(Sampling.newBuilder().setTopP(0)),
            "sampling.top_p",
            "top_p is 0.0, it must be above 0.0 and at most 1.0"),
        Arguments.of(
            sampling(Sampling.newBuilder().setTopP(1.5f)),
            "sampling.top_p",
            "top_p is 1.5, it must be above 0.0 and at most 1.0"),
        Arguments.of(
            sampling(Sampling.newBuilder().setMinP(-0.5f)),
            "sampling.min_p",
            "min_p is -0.5, it must be between 0.0 and 1.0"),
        Arguments.of(
            sampling(Sampling.newBuilder().setTypicalP(0)),
            "sampling.typical_p",
            "typical_p is 0.0, it must be above 0.0 and at most 1.0"),
        Arguments.of(
            sampling(Sampling.newBuilder().setTypicalP(1.1f)),
            "sampling.typical_p",
            "typical_p is 1.1, it must be above 0.0 and at most 1.0"),
        Arguments.of(
            sampling(Sampling.newBuilder().setRepetitionPenalty(0)),
            "sampling.repetition_penalty",
            "repetition_penalty is 0.0, it must be above 0.0 and at most 10.0"),
        Arguments.of(
            sampling(Sampling.newBuilder().setRepetitionPenalty(10.5f)),
            "sampling.repetition_penalty",
            "repetition_penalty is 10.5, it must be above 0.0 and at most 10.0"),
        Arguments.of(
            sampling(Sampling.newBuilder().setPresencePenalty(2.5f)),
            "sampling.presence_penalty",
            "presence_penalty is 2.5, it must be between -2.0 and 2.0"),
        Arguments.of(
            sampling(Sampling.newBuilder().setFrequencyPenalty(-2.5f)),
            "sampling.frequency_penalty",
            "frequency_penalty is -2.5, it must be between -2.0 and 2.0"),
        Arguments.of(
            sampling(Sampling.newBuilder().setNoRepeatNgramSize(-1)),
            "sampling.no_repeat_ngram_size",
            "no_repeat_ngram_size is -1, it must be between 0 and 64"),
        Arguments.of(
            sampling(Sampling.newBuilder().setNoRepeatNgramSize(65)),
            "sampling.no_repeat_ngram_size",
            "no_repeat_ngram_size is 65, it must be between 0 and 64"),
        Arguments.of(
            sampling(Sampling.newBuilder().setBestOf(17)),
            "sampling.best_of",
            "best_of is 17, it must be between 1 and 16"),
        Arguments.of(
            prompt(1).setN(3).setSampling(Sampling.newBuilder().setBestOf(2)).build(),
            "sampling.best_of",
            "best_of is 2, it must be between 3 and 16"),
        Arguments.of(
            beams(BeamSearch.newBuilder()),
            "sampling.beam_search.num_beams",
            "num_beams is 0, it must be between 1 and 8"),
        Arguments.of(
            beams(BeamSearch.newBuilder().setNumBeams(9)),
            "sampling.beam_search.num_beams",
            "num_beams is 9, it must be between 1 and 8"),
        Arguments.of(
            beams(BeamSearch.newBuilder().setNumBeams(2).setLengthPenalty(-5.5f)),
            "sampling.beam_search.length_penalty",
            "length_penalty is -5.5, it must be between -5.0 and 5.0"),
        Arguments.of(
            beams(
                BeamSearch.newBuilder().setNumBeams(2).setEarlyStopping(true).setExhaustive(true)),
            "sampling.beam_search.early_stopping",
            "early_stopping and exhaustive exclude each other"),
        Arguments.of(
            beamsBeside(prompt(1).setN(3), Sampling.newBuilder()),
            "n",
            "n is 3, it must be between 1 and 2"),
        Arguments.of(
            beamsBeside(prompt(1), Sampling.newBuilder().setTemperature(0.5f)),
            "sampling.temperature",
            "temperature and beam search exclude each other"),
        Arguments.of(
            beamsBeside(prompt(1), Sampling.newBuilder().setTopK(5)),
            "sampling.top_k",
            "top_k and beam search exclude each other"),
        Arguments.of(
            beamsBeside(prompt(1), Sampling.newBuilder().setTopP(0.5f)),
            "sampling.top_p",
            "top_p and beam search exclude each other"),
        Arguments.of(
            beamsBeside(prompt(1), Sampling.newBuilder().setMinP(0.5f)),
            "sampling.min_p",
            "min_p and beam search exclude each other"),
        Arguments.of(
            beamsBeside(prompt(1), Sampling.newBuilder().setTypicalP(0.5f)),
            "sampling.typical_p",
            "typical_p and beam search exclude each other"),
        Arguments.of(
            beamsBeside(prompt(1), Sampling.newBuilder().setBestOf(2)),
            "sampling.best_of",
            "best_of and beam search exclude each other"),
        Arguments.of(
            beamsBeside(
                prompt(1).setOutput(OutputOptions.newBuilder().setTopLogprobs(0)),
                Sampling.newBuilder()),
            "output.top_logprobs",
            "top_logprobs and beam search exclude each other"),
        Arguments.of(
            beamsBeside(
                prompt(1).setStop(StopConditions.newBuilder().addStop("a")), Sampling.newBuilder()),
            "stop.stop",
            "stop and beam search exclude each other"),
        Arguments.of(
            sampling(Sampling.newBuilder().putLogitBias(1, 101)),
            "sampling.logit_bias",
            "logit_bias is 101.0, it must be between -100.0 and 100.0"),
        Arguments.of(
            sampling(Sampling.newBuilder().putLogitBias(1_000, 1)),
            "sampling.logit_bias",
            "token id 1,000 is not between 0 and 999"),
        Arguments.of(
            stop(StopConditions.newBuilder().setMaxTokens(-1)),
            "stop.max_tokens",
            "max_tokens is -1, it must be between 0 and 8,192"),
        Arguments.of(
            stop(StopConditions.newBuilder().setMaxTokens(8_193)),
            "stop.max_tokens",
            "max_tokens is 8,193, it must be between 0 and 8,192"),
        Arguments.of(
            stop(StopConditions.newBuilder().setMaxTokens(5).setMinTokens(6)),
            "stop.min_tokens",
            "min_tokens is 6, it must be between 0 and 5"),
        Arguments.of(
            stop(StopConditions.newBuilder().setMinTokens(-1)),
            "stop.min_tokens",
            "min_tokens is -1, it must be between 0 and 8,191"),
        Arguments.of(
            stop(StopConditions.newBuilder().addStop("")),
            "stop.stop",
            "a stop string has 0 bytes, it must have between 1 and 1,024"),
        Arguments.of(
            stop(StopConditions.newBuilder().addStop("é".repeat(513))),
            "stop.stop",
            "a stop string has 1,026 bytes, it must have between 1 and 1,024"),
        Arguments.of(
            stop(StopConditions.newBuilder().addAllStop(Collections.nCopies(17, "a"))),
            "stop.stop",
            "17 stop strings > 16"),
        Arguments.of(
            stop(StopConditions.newBuilder().addAllStopTokenIds(Collections.nCopies(1_025, 1))),
            "stop.stop_token_ids",
            "1,025 stop tokens > 1,024"),
        Arguments.of(
            stop(StopConditions.newBuilder().addStopTokenIds(1_000)),
            "stop.stop_token_ids",
            "token id 1,000 is not between 0 and 999"),
        Arguments.of(
            stop(
                StopConditions.newBuilder()
                    .setMinTokens(1)
                    .addAllStopTokenIds(IntStream.range(0, 1_000).boxed().toList())),
            "stop.min_tokens",
            "min_tokens is 1 but every token ends the sequence"),
        Arguments.of(
            prompt(1).setOutput(OutputOptions.newBuilder().setTopLogprobs(21)).build(),
            "output.top_logprobs",
            "top_logprobs is 21, it must be between 0 and 20"),
        Arguments.of(
            prompt(1).setOutput(OutputOptions.newBuilder().setTopLogprobs(-1)).build(),
            "output.top_logprobs",
            "top_logprobs is -1, it must be between 0 and 20"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refusesWhatIsOutOfRange(GenerateRequest proto, String param, String message) {
    assertThatThrownBy(() -> RequestProtos.request(proto, LIMITS))
        .isInstanceOfSatisfying(
            WeftException.InvalidRequest.class,
            e -> {
              assertThat(e).hasMessage(message);
              assertThat(e.metadata()).containsEntry("param", param);
            });
  }

  private static GenerateRequest.Builder prompt(int... ids) {
    return GenerateRequest.newBuilder().addAllPromptIds(IntStream.of(ids).boxed().toList());
  }

  private static GenerateRequest sampling(Sampling.Builder sampling) {
    return prompt(1).setSampling(sampling).build();
  }

  private static GenerateRequest beams(BeamSearch.Builder beams) {
    return sampling(Sampling.newBuilder().setBeamSearch(beams));
  }

  private static GenerateRequest beamsBeside(
      GenerateRequest.Builder request, Sampling.Builder sampling) {
    return request
        .setSampling(sampling.setBeamSearch(BeamSearch.newBuilder().setNumBeams(2)))
        .build();
  }

  private static GenerateRequest stop(StopConditions.Builder stop) {
    return prompt(1).setStop(stop).build();
  }
}
