package io.weft.generator;

import static io.weft.generator.GenerateRequests.LIMITS;
import static io.weft.generator.GenerateRequests.beams;
import static io.weft.generator.GenerateRequests.prompt;
import static io.weft.generator.GenerateRequests.sampling;
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
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RequestProtosTest {
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
}
