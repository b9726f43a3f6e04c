package io.weft.gateway.grpc;

import io.weft.gateway.backend.BeamSearch.EarlyStopping;
import io.weft.gateway.backend.Constraint;
import io.weft.gateway.backend.Constraint.Kind;
import io.weft.gateway.backend.GenerationOptions;
import io.weft.gateway.backend.StopConditions;
import io.weft.gateway.generation.GenerationFields;
import io.weft.gateway.json.Bounds;
import io.weft.gateway.json.Invalid;
import io.weft.proto.generator.v1.BeamSearch;
import io.weft.proto.generator.v1.OutputOptions;
import io.weft.proto.generator.v1.Sampling;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a caller may choose about a generation, checked against the ranges of the contract. */
final class GenerationOptionProtos {
  private static final int MAX_TOP_LOGPROBS = 20;
  private static final int MAX_NGRAM = 64;
  private static final int MAX_LOGIT_BIASES = 1_024;
  private static final int MAX_STOPS = 16;
  private static final int MAX_STOP_BYTES = 1_024;
  private static final int MAX_STOP_TOKEN_IDS = 1_024;
  private static final int MAX_SCHEMA_BYTES = 65_536;
  private static final int MAX_REGEX_BYTES = 4_096;
  private static final int MAX_CHOICES = 1_024;
  private static final Bounds PENALTY = Bounds.closed(-2, 2);
  private static final Bounds PROBABILITY = Bounds.above(0, 1);

  private GenerationOptionProtos() {}

  static GenerationOptions options(
      @Nullable Integer sequences,
      Sampling sampling,
      io.weft.proto.generator.v1.StopConditions stop,
      io.weft.proto.generator.v1.Constraint constraint,
      OutputOptions output) {
    int n = sequences == null ? 1 : Fields.integer("n", sequences, 1, GenerationFields.MAX_N);
    Integer rivals =
        output.hasTopLogprobs()
            ? Integer.valueOf(
                Fields.integer("output.top_logprobs", output.getTopLogprobs(), 0, MAX_TOP_LOGPROBS))
            : null;
    return new GenerationOptions(
        n,
        sampling.hasBestOf()
            ? Integer.valueOf(
                Fields.integer("sampling.best_of", sampling.getBestOf(), n, GenerationFields.MAX_N))
            : null,
        sampling(sampling),
        sampling.hasBeamSearch() ? beamSearch(sampling.getBeamSearch(), n) : null,
        stop(stop),
        rivals,
        promptRivals(output, rivals, sampling.hasBeamSearch()),
        output.getIncludeSpecialTokens(),
        constraint(constraint));
  }

  /** How many rivals the tokens of the prompt have; null for no log probabilities of it. */
  private static @Nullable Integer promptRivals(
      OutputOptions output, @Nullable Integer rivals, boolean searches) {
    if (!output.getPromptLogprobs()) {
      return null;
    }
    if (searches) {
      throw Invalid.value(
          "output.prompt_logprobs",
          "output.prompt_logprobs and sampling.beam_search exclude each other");
    }
    return rivals == null ? Integer.valueOf(0) : rivals;
  }

  private static io.weft.gateway.backend.Sampling sampling(Sampling proto) {
    return new io.weft.gateway.backend.Sampling(
        number(proto.hasTemperature(), "temperature", proto.getTemperature(), Bounds.closed(0, 2)),
        integer(proto.hasTopK(), "top_k", proto.getTopK(), Integer.MAX_VALUE),
        number(proto.hasTopP(), "top_p", proto.getTopP(), PROBABILITY),
        number(proto.hasMinP(), "min_p", proto.getMinP(), Bounds.closed(0, 1)),
        number(proto.hasTypicalP(), "typical_p", proto.getTypicalP(), PROBABILITY),
        number(
            proto.hasRepetitionPenalty(),
            "repetition_penalty",
            proto.getRepetitionPenalty(),
            Bounds.above(0, 10)),
        number(proto.hasPresencePenalty(), "presence_penalty", proto.getPresencePenalty(), PENALTY),
        number(
            proto.hasFrequencyPenalty(), "frequency_penalty", proto.getFrequencyPenalty(), PENALTY),
        integer(
            proto.hasNoRepeatNgramSize(),
            "no_repeat_ngram_size",
            proto.getNoRepeatNgramSize(),
            MAX_NGRAM),
        logitBias(proto.getLogitBiasMap()),
        proto.hasSeed() ? proto.getSeed() : null);
  }

  private static @Nullable Float number(boolean set, String field, float value, Bounds bounds) {
    return set ? Fields.number("sampling." + field, value, bounds) : null;
  }

  private static @Nullable Integer integer(boolean set, String field, int value, int max) {
    return set ? Fields.integer("sampling." + field, value, 0, max) : null;
  }

  private static Map<Integer, Float> logitBias(Map<Integer, Float> biases) {
    Fields.count("sampling.logit_bias", biases.size(), 0, MAX_LOGIT_BIASES);
    biases.forEach(
        (id, bias) -> {
          Fields.integer("sampling.logit_bias.key", id, 0, Integer.MAX_VALUE);
          Fields.number("sampling.logit_bias.value", bias, Bounds.closed(-100, 100));
        });
    return biases;
  }

  private static io.weft.gateway.backend.@Nullable BeamSearch beamSearch(BeamSearch proto, int n) {
    String field = "sampling.beam_search";
    int beams =
        Fields.integer(field + ".num_beams", proto.getNumBeams(), 1, GenerationFields.MAX_N);
    Float lengthPenalty =
        proto.hasLengthPenalty()
            ? Float.valueOf(
                Fields.number(
                    field + ".length_penalty", proto.getLengthPenalty(), Bounds.closed(-5, 5)))
            : null;
    if (proto.getEarlyStopping() && proto.getExhaustive()) {
      throw Invalid.value(
          field + ".exhaustive", field + ".exhaustive and early_stopping exclude each other");
    }
    if (n > beams) {
      throw Invalid.range("n", "n is %,d > %s.num_beams, %,d".formatted(n, field, beams));
    }
    EarlyStopping early = EarlyStopping.LIKELY;
    if (proto.getEarlyStopping()) {
      early = EarlyStopping.FIRST;
    } else if (proto.getExhaustive()) {
      early = EarlyStopping.NEVER;
    }
    return new io.weft.gateway.backend.BeamSearch(beams, lengthPenalty, early);
  }

  private static StopConditions stop(io.weft.proto.generator.v1.StopConditions proto) {
    Integer max =
        proto.hasMaxTokens()
            ? Integer.valueOf(
                Fields.integer("stop.max_tokens", proto.getMaxTokens(), 0, Integer.MAX_VALUE))
            : null;
    Integer min =
        proto.hasMinTokens()
            ? Integer.valueOf(
                Fields.integer(
                    "stop.min_tokens",
                    proto.getMinTokens(),
                    0,
                    max == null ? Integer.MAX_VALUE : max))
            : null;
    Fields.count("stop.stop", proto.getStopCount(), 0, MAX_STOPS);
    for (int i = 0; i < proto.getStopCount(); i++) {
      Fields.bytes("stop.stop[%d]".formatted(i), proto.getStop(i), MAX_STOP_BYTES);
    }
    Fields.count("stop.stop_token_ids", proto.getStopTokenIdsCount(), 0, MAX_STOP_TOKEN_IDS);
    for (int id : proto.getStopTokenIdsList()) {
      Fields.integer("stop.stop_token_ids", id, 0, Integer.MAX_VALUE);
    }
    return new StopConditions(
        max,
        "stop.max_tokens",
        min,
        proto.getStopList(),
        proto.getStopTokenIdsList(),
        proto.getIncludeStopText(),
        proto.getIgnoreEos());
  }

  private static @Nullable Constraint constraint(io.weft.proto.generator.v1.Constraint proto) {
    String field = "constraint";
    return switch (proto.getKindCase()) {
      case KIND_NOT_SET -> null;
      case JSON_OBJECT -> new Constraint(Kind.JSON_OBJECT, List.of(), field);
      case JSON_SCHEMA ->
          new Constraint(
              Kind.JSON_SCHEMA,
              List.of(
                  Fields.bytes(field + ".json_schema", proto.getJsonSchema(), MAX_SCHEMA_BYTES)),
              field);
      case REGEX ->
          new Constraint(
              Kind.REGEX,
              List.of(Fields.bytes(field + ".regex", proto.getRegex(), MAX_REGEX_BYTES)),
              field);
      case CHOICE -> {
        List<String> choices = proto.getChoice().getOptionsList();
        Fields.count(field + ".choice", choices.size(), 1, MAX_CHOICES);
        for (int i = 0; i < choices.size(); i++) {
          Fields.bytes("%s.choice[%d]".formatted(field, i), choices.get(i), MAX_SCHEMA_BYTES);
        }
        yield new Constraint(Kind.CHOICE, choices, field);
      }
    };
  }
}
