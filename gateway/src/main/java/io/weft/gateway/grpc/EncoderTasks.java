package io.weft.gateway.grpc;

import io.weft.gateway.answering.Answerer;
import io.weft.gateway.masks.MaskFiller;
import io.weft.gateway.tagging.Tagger;
import io.weft.gateway.zeroshot.ZeroShotClassifier;
import jakarta.inject.Singleton;

/** What does the tasks of transformers' pipelines, for REST and gRPC. */
@Singleton
final class EncoderTasks {
  private final Tagger tagger;
  private final Answerer answerer;
  private final MaskFiller filler;
  private final ZeroShotClassifier zeroShot;

  EncoderTasks(
      Tagger tagger, Answerer answerer, MaskFiller filler, ZeroShotClassifier zeroShot) {
    this.tagger = tagger;
    this.answerer = answerer;
    this.filler = filler;
    this.zeroShot = zeroShot;
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
}
