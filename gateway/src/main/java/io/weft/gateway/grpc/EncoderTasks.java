package io.weft.gateway.grpc;

import io.weft.gateway.answering.Answerer;
import io.weft.gateway.masks.MaskFiller;
import io.weft.gateway.states.StatesReader;
import io.weft.gateway.tagging.Tagger;
import io.weft.gateway.zeroshot.ZeroShotClassifier;
import jakarta.inject.Singleton;

/** What does the tasks of encoders that REST and gRPC share. */
@Singleton
final class EncoderTasks {
  private final Tagger tagger;
  private final Answerer answerer;
  private final MaskFiller filler;
  private final ZeroShotClassifier zeroShot;
  private final StatesReader states;

  EncoderTasks(
      Tagger tagger,
      Answerer answerer,
      MaskFiller filler,
      ZeroShotClassifier zeroShot,
      StatesReader states) {
    this.tagger = tagger;
    this.answerer = answerer;
    this.filler = filler;
    this.zeroShot = zeroShot;
    this.states = states;
  }

  Tagger tagger() {
    return tagger;
  }

  Answerer answerer() {
    return answerer;
  }

  MaskFiller filler() {
    return filler;
  }

  ZeroShotClassifier zeroShot() {
    return zeroShot;
  }

  StatesReader states() {
    return states;
  }
}
