package io.weft.generator.engine;

import io.weft.generator.engine.GenerationEvent.Accepted;
import io.weft.generator.engine.GenerationEvent.Delta;
import io.weft.generator.engine.GenerationEvent.Finished;
import io.weft.generator.sampling.TokenLogprob;
import io.weft.runtime.error.WeftException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;

/** Keeps all that a request is told, and checks that it is told in the right order. */
final class RecordingSink implements EventSink {
  private final Map<Integer, List<Integer>> ids = new TreeMap<>();
  private final Map<Integer, StringBuilder> texts = new TreeMap<>();
  private final Map<Integer, Finished> finished = new TreeMap<>();
  private final List<TokenLogprob> logprobs = new ArrayList<>();
  private final Map<Integer, List<TokenLogprob>> logprobsByIndex = new TreeMap<>();
  private final CountDownLatch firstToken = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Runnable whenAccepted;
  private final Runnable whenEnded;
  private boolean accepted;
  private int promptTokens;
  private int cachedTokens;
  private final List<TokenLogprob> promptLogprobs = new ArrayList<>();
  private volatile boolean complete;
  private volatile WeftException failure;

  /** As the first event says. */
  int promptTokens() {
    return promptTokens;
  }

  RecordingSink() {
    this(() -> {}, () -> {});
  }

  /**
   * @param whenAccepted called with the first event
   * @param whenEnded called after the terminal signal
   */
  RecordingSink(Runnable whenAccepted, Runnable whenEnded) {
    this.whenAccepted = whenAccepted;
    this.whenEnded = whenEnded;
  }

  @Override
  public void emit(GenerationEvent event) {
    Assertions.assertFalse(isEnded(), "an event after the end");
    switch (event) {
      case Accepted first -> {
        cachedTokens = first.cachedTokens();
        promptLogprobs.addAll(first.promptLogprobs());
        Assertions.assertFalse(accepted, "accepted twice");
        accepted = true;
        promptTokens = first.promptTokens();
        whenAccepted.run();
      }
      case Delta delta -> {
        Assertions.assertTrue(accepted, "a token before it was accepted");
        Assertions.assertFalse(finished.containsKey(delta.index()), "a token after the end");
        ids.computeIfAbsent(delta.index(), _ -> new ArrayList<>()).addAll(delta.ids());
        texts.computeIfAbsent(delta.index(), _ -> new StringBuilder()).append(delta.text());
        logprobs.addAll(delta.logprobs());
        logprobsByIndex
            .computeIfAbsent(delta.index(), _ -> new ArrayList<>())
            .addAll(delta.logprobs());
        firstToken.countDown();
      }
      case Finished end -> {
        Assertions.assertNull(finished.put(end.index(), end), "finished twice");
        texts.computeIfAbsent(end.index(), _ -> new StringBuilder()).append(end.text());
      }
    }
  }

  @Override
  public void complete() {
    Assertions.assertFalse(isEnded(), "ended twice");
    complete = true;
    ended.countDown();
    whenEnded.run();
  }

  @Override
  public void fail(WeftException because) {
    Assertions.assertFalse(isEnded(), "ended twice");
    failure = because;
    ended.countDown();
    whenEnded.run();
  }

  boolean isEnded() {
    return complete || failure != null;
  }

  boolean isComplete() {
    return complete;
  }

  boolean wasAccepted() {
    return accepted;
  }

  List<TokenLogprob> promptLogprobs() {
    return promptLogprobs;
  }

  int cachedTokens() {
    return cachedTokens;
  }

  WeftException failure() {
    return failure;
  }

  /** Tokens of each sequence. */
  Map<Integer, List<Integer>> ids() {
    return ids;
  }

  List<Integer> ids(int index) {
    return ids.getOrDefault(index, List.of());
  }

  String text(int index) {
    return texts.get(index).toString();
  }

  Finished finished(int index) {
    return finished.get(index);
  }

  List<TokenLogprob> logprobs() {
    return logprobs;
  }

  List<TokenLogprob> logprobs(int index) {
    return logprobsByIndex.getOrDefault(index, List.of());
  }

  void awaitFirstToken() throws InterruptedException {
    Assertions.assertTrue(firstToken.await(10, TimeUnit.SECONDS), "no token");
  }

  RecordingSink awaitEnd() throws InterruptedException {
    return awaitEnd(Duration.ofSeconds(10));
  }

  RecordingSink awaitEnd(Duration limit) throws InterruptedException {
    Assertions.assertTrue(ended.await(limit.toMillis(), TimeUnit.MILLISECONDS), "not ended");
    return this;
  }
}
