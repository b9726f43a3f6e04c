package io.weft.gateway.backend;

import com.google.protobuf.ByteString;
import io.weft.gateway.backend.GenerationEvent.Accepted;
import io.weft.gateway.backend.GenerationEvent.Delta;
import io.weft.gateway.backend.GenerationEvent.Finished;
import io.weft.proto.generator.v1.AnyJsonObject;
import io.weft.proto.generator.v1.BeamSearch;
import io.weft.proto.generator.v1.Choice;
import io.weft.proto.generator.v1.FinishReason;
import io.weft.proto.generator.v1.GenerateRequest;
import io.weft.proto.generator.v1.GenerateResponse;
import io.weft.proto.generator.v1.LogprobEntry;
import io.weft.proto.generator.v1.OutputOptions;
import io.weft.proto.generator.v1.Sampling;
import io.weft.proto.generator.v1.StopConditions;
import io.weft.proto.generator.v1.TokenLogprob;
import io.weft.runtime.error.WeftException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The generator's contract and the gateway's own types. */
final class GeneratorProtos {
  private GeneratorProtos() {}

  /** The call for one prompt of a request. */
  static GenerateRequest request(GenerationRequest request, TokenIds prompt) {
    GenerationOptions options = request.options();
    GenerateRequest.Builder proto =
        GenerateRequest.newBuilder()
            .setModel(request.model())
            .setVocabularyHash(request.vocabularyHash())
            .setTenant(request.tenant())
            .setN(options.n())
            .setSampling(sampling(options))
            .setStop(stop(options.stop()));
    prompt.forEach(proto::addPromptIds);
    OutputOptions.Builder output =
        OutputOptions.newBuilder().setIncludeSpecialTokens(options.includeSpecialTokens());
    set(request.rivals(), output::setTopLogprobs);
    output.setPromptLogprobs(request.scoresPrompt());
    Constraint constraint = options.constraint();
    if (constraint != null) {
      proto.setConstraint(constraint(constraint));
    }
    return proto.setOutput(output).build();
  }

  private static io.weft.proto.generator.v1.Constraint constraint(Constraint constraint) {
    io.weft.proto.generator.v1.Constraint.Builder proto =
        io.weft.proto.generator.v1.Constraint.newBuilder();
    return switch (constraint.kind()) {
      case JSON_SCHEMA -> proto.setJsonSchema(constraint.texts().getFirst()).build();
      case JSON_OBJECT -> proto.setJsonObject(AnyJsonObject.getDefaultInstance()).build();
      case REGEX -> proto.setRegex(constraint.texts().getFirst()).build();
      case CHOICE -> proto.setChoice(Choice.newBuilder().addAllOptions(constraint.texts())).build();
    };
  }

  /**
   * One event.
   *
   * @param firstSequence what sequence 0 of this call is counted as
   * @param rivals how many each token of the output has; null for no log probabilities
   */
  static GenerationEvent event(
      GenerateResponse response, int firstSequence, @Nullable Integer rivals) {
    return switch (response.getEventCase()) {
      case ACCEPTED ->
          new Accepted(
              firstSequence,
              response.getAccepted().getPromptTokens(),
              response.getAccepted().getCachedTokens(),
              logprobs(response.getAccepted().getPromptLogprobsList()));
      case DELTA ->
          new Delta(
              firstSequence + response.getDelta().getIndex(),
              response.getDelta().getIdsCount(),
              response.getDelta().getText(),
              rivals == null
                  ? List.of()
                  : logprobs(response.getDelta().getLogprobsList()).stream()
                      .map(logprob -> logprob.limit(rivals))
                      .toList());
      case FINISHED ->
          new Finished(
              firstSequence + response.getFinished().getIndex(),
              reason(response.getFinished().getReason()),
              response.getFinished().getText(),
              response.getFinished().getUsage().getCompletionTokens());
      case EVENT_NOT_SET ->
          throw new WeftException.Internal("the generator sent an event without content", null);
    };
  }

  private static Sampling sampling(GenerationOptions options) {
    io.weft.gateway.backend.Sampling sampling = options.sampling();
    Sampling.Builder proto = Sampling.newBuilder();
    set(sampling.temperature(), proto::setTemperature);
    set(sampling.topK(), proto::setTopK);
    set(sampling.topP(), proto::setTopP);
    set(sampling.minP(), proto::setMinP);
    set(sampling.typicalP(), proto::setTypicalP);
    set(sampling.repetitionPenalty(), proto::setRepetitionPenalty);
    set(sampling.presencePenalty(), proto::setPresencePenalty);
    set(sampling.frequencyPenalty(), proto::setFrequencyPenalty);
    set(sampling.noRepeatNgramSize(), proto::setNoRepeatNgramSize);
    set(sampling.seed(), proto::setSeed);
    set(options.bestOf(), proto::setBestOf);
    set(options.beamSearch(), beams -> proto.setBeamSearch(beamSearch(beams)));
    return proto.putAllLogitBias(sampling.logitBias()).build();
  }

  private static BeamSearch beamSearch(io.weft.gateway.backend.BeamSearch beams) {
    BeamSearch.Builder proto = BeamSearch.newBuilder().setNumBeams(beams.numBeams());
    set(beams.lengthPenalty(), proto::setLengthPenalty);
    return switch (beams.earlyStopping()) {
      case LIKELY -> proto.build();
      case FIRST -> proto.setEarlyStopping(true).build();
      case NEVER -> proto.setExhaustive(true).build();
    };
  }

  private static StopConditions stop(io.weft.gateway.backend.StopConditions stop) {
    StopConditions.Builder proto = StopConditions.newBuilder();
    set(stop.maxTokens(), proto::setMaxTokens);
    set(stop.minTokens(), proto::setMinTokens);
    return proto
        .addAllStop(stop.stop())
        .addAllStopTokenIds(stop.stopTokenIds())
        .setIncludeStopText(stop.includeStopText())
        .setIgnoreEos(stop.ignoreEos())
        .build();
  }

  private static <T> void set(@Nullable T value, Consumer<T> setter) {
    if (value != null) {
      setter.accept(value);
    }
  }

  private static GenerationEvent.FinishReason reason(FinishReason reason) {
    return switch (reason) {
      case FINISH_REASON_STOP -> GenerationEvent.FinishReason.STOP;
      case FINISH_REASON_LENGTH -> GenerationEvent.FinishReason.LENGTH;
      case FINISH_REASON_UNSPECIFIED, UNRECOGNIZED ->
          throw new WeftException.Internal(
              "the generator ended a sequence with the unknown reason " + reason, null);
    };
  }

  private static List<GenerationEvent.TokenLogprob> logprobs(List<TokenLogprob> logprobs) {
    return logprobs.stream()
        .map(
            logprob ->
                new GenerationEvent.TokenLogprob(
                    entry(logprob.getToken()),
                    logprob.getTopList().stream().map(GeneratorProtos::entry).toList(),
                    logprob.getOmittedBytes()))
        .toList();
  }

  private static GenerationEvent.LogprobEntry entry(LogprobEntry entry) {
    List<Integer> bytes = new ArrayList<>(entry.getBytes().size());
    for (ByteString.ByteIterator i = entry.getBytes().iterator(); i.hasNext(); ) {
      bytes.add(i.nextByte() & 0xff);
    }
    return new GenerationEvent.LogprobEntry(entry.getId(), bytes, entry.getLogprob());
  }
}
