package io.weft.generator;

import com.google.protobuf.ByteString;
import io.weft.generator.engine.EngineLoad;
import io.weft.generator.engine.GenerationEvent;
import io.weft.generator.engine.Usage;
import io.weft.generator.sampling.TokenLogprob;
import io.weft.generator.text.Vocabulary;
import io.weft.proto.common.v1.ModelInfo;
import io.weft.proto.generator.v1.Accepted;
import io.weft.proto.generator.v1.Delta;
import io.weft.proto.generator.v1.FinishReason;
import io.weft.proto.generator.v1.Finished;
import io.weft.proto.generator.v1.GenerateResponse;
import io.weft.proto.generator.v1.GetLoadResponse;
import io.weft.proto.generator.v1.LogprobEntry;
import io.weft.runtime.model.ModelManifest;

/** What the engine says, in the words of the contract. */
final class ResponseProtos {
  private ResponseProtos() {}

  /**
   * An event.
   *
   * @param vocabulary what the tokens of log probabilities spell
   */
  static GenerateResponse response(GenerationEvent event, Vocabulary vocabulary) {
    GenerateResponse.Builder response = GenerateResponse.newBuilder();
    return switch (event) {
      case GenerationEvent.Accepted accepted ->
          response.setAccepted(accepted(accepted, vocabulary)).build();
      case GenerationEvent.Delta delta -> response.setDelta(delta(delta, vocabulary)).build();
      case GenerationEvent.Finished finished -> response.setFinished(finished(finished)).build();
    };
  }

  static GetLoadResponse load(EngineLoad load) {
    return GetLoadResponse.newBuilder()
        .setRunning(load.running())
        .setWaiting(load.waiting())
        .setSlots(load.slots())
        .setWaitingTokens(load.waitingTokens())
        .setKvCacheUsage(load.cacheUsage())
        .build();
  }

  /**
   * A model.
   *
   * @param contextLength most tokens of a sequence here, which may be less than the model's own
   */
  static ModelInfo modelInfo(ModelManifest manifest, int contextLength, String vocabularyHash) {
    return ModelInfo.newBuilder()
        .setName(manifest.name())
        .setFamily(manifest.family().toString())
        .addAllTasks(manifest.tasks())
        .setDtype(manifest.dtype())
        .setContextLength(contextLength)
        .setHiddenSize(manifest.hiddenSize())
        .setVocabularyHash(vocabularyHash)
        .setCreatedUnixS(manifest.createdUnixS())
        .build();
  }

  private static Accepted accepted(GenerationEvent.Accepted accepted, Vocabulary vocabulary) {
    Accepted.Builder proto =
        Accepted.newBuilder()
            .setPromptTokens(accepted.promptTokens())
            .setCachedTokens(accepted.cachedTokens())
            .setQueueTimeNs(accepted.queueTimeNs());
    accepted
        .promptLogprobs()
        .forEach(logprob -> proto.addPromptLogprobs(logprob(logprob, vocabulary)));
    return proto.build();
  }

  private static Delta delta(GenerationEvent.Delta delta, Vocabulary vocabulary) {
    Delta.Builder proto =
        Delta.newBuilder().setIndex(delta.index()).addAllIds(delta.ids()).setText(delta.text());
    delta.logprobs().forEach(logprob -> proto.addLogprobs(logprob(logprob, vocabulary)));
    return proto.build();
  }

  private static io.weft.proto.generator.v1.TokenLogprob logprob(
      TokenLogprob logprob, Vocabulary vocabulary) {
    var proto =
        io.weft.proto.generator.v1.TokenLogprob.newBuilder()
            .setToken(entry(logprob.token(), vocabulary))
            .setOmittedBytes(logprob.omittedBytes());
    logprob.top().forEach(top -> proto.addTop(entry(top, vocabulary)));
    return proto.build();
  }

  private static Finished finished(GenerationEvent.Finished finished) {
    Finished.Builder proto =
        Finished.newBuilder()
            .setIndex(finished.index())
            .setReason(reason(finished.reason()))
            .setText(finished.text())
            .setUsage(usage(finished.usage()))
            .setMatchedStop(finished.matchedStop());
    Double score = finished.score();
    return score == null ? proto.build() : proto.setScore(score).build();
  }

  private static LogprobEntry entry(TokenLogprob.Entry entry, Vocabulary vocabulary) {
    return LogprobEntry.newBuilder()
        .setId(entry.id())
        .setBytes(ByteString.copyFrom(vocabulary.bytes(entry.id())))
        .setLogprob(entry.logprob())
        .build();
  }

  private static FinishReason reason(io.weft.generator.engine.FinishReason reason) {
    return switch (reason) {
      case STOP -> FinishReason.FINISH_REASON_STOP;
      case LENGTH -> FinishReason.FINISH_REASON_LENGTH;
    };
  }

  private static io.weft.proto.generator.v1.Usage usage(Usage usage) {
    return io.weft.proto.generator.v1.Usage.newBuilder()
        .setPromptTokens(usage.promptTokens())
        .setCompletionTokens(usage.completionTokens())
        .setCachedTokens(usage.cachedTokens())
        .setTimeToFirstTokenNs(usage.timeToFirstTokenNs())
        .setDecodeTimeNs(usage.decodeTimeNs())
        .build();
  }
}
