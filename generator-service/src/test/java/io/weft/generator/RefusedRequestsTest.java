package io.weft.generator;

import static io.weft.generator.GenerateRequests.LIMITS;
import static io.weft.generator.GenerateRequests.beams;
import static io.weft.generator.GenerateRequests.beamsBeside;
import static io.weft.generator.GenerateRequests.prompt;
import static io.weft.generator.GenerateRequests.sampling;
import static io.weft.generator.GenerateRequests.stop;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.proto.generator.v1.BeamSearch;
import io.weft.proto.generator.v1.GenerateRequest;
import io.weft.proto.generator.v1.OutputOptions;
import io.weft.proto.generator.v1.Sampling;
import io.weft.proto.generator.v1.StopConditions;
import io.weft.runtime.error.WeftException;
import java.util.Collections;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RefusedRequestsTest {
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
}
