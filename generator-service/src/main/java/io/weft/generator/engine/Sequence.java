package io.weft.generator.engine;

import io.weft.generator.constraint.ConstraintProgress;
import io.weft.generator.constraint.TokenConstraint;
import io.weft.generator.engine.BeamSearch.Complete;
import io.weft.generator.engine.GenerationEvent.Delta;
import io.weft.generator.engine.GenerationEvent.Finished;
import io.weft.generator.sampling.Logits;
import io.weft.generator.sampling.Processors;
import io.weft.generator.sampling.Sampler;
import io.weft.generator.sampling.TokenLogprob;
import io.weft.generator.text.SequenceText;
import io.weft.generator.text.Vocabulary;
import io.weft.runtime.error.WeftException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One sequence that holds a slot. Mutable; belongs to the engine's thread. */
final class Sequence {
  private final Generation generation;
  private final int index;
  private final Processors processors;
  private final Sampler sampler;
  private final SequenceText text;
  private final SequenceTelemetry telemetry;
  private final TokenHistory tokens;
  private final Drafter drafter;

  /** The blocks of tokens in the slot that the prefix cache was asked to keep, or gave. */
  private final List<BlockKey> blocks = new ArrayList<>();

  /** Where the text stands in the shape that it must have; null when it may have any. */
  private final @Nullable ConstraintProgress constraint;

  private int slot;

  /** The encoder has read the input; true where there is none. */
  private boolean encoded;

  /** Tokens that the slot holds. */
  private int cached;

  /** Tokens generated; the last of them is not in the slot yet. */
  private int generated;

  private int lastToken;
  private long firstTokenNs;
  private long lastTokenNs;
  private boolean finished;

  /** Sum of the model's own log probabilities, as far as they were computed. */
  private double logprobSum;

  Sequence(
      Generation generation,
      int index,
      int slot,
      Vocabulary vocabulary,
      SequenceTelemetry telemetry) {
    GenerationRequest request = generation.request();
    StopOptions stop = request.stop();
    this.generation = generation;
    this.index = index;
    this.slot = slot;
    this.processors = processors(request);
    this.sampler = new Sampler(request.sampling(), index);
    boolean continues = request.prompt().hasText(vocabulary);
    this.text =
        new SequenceText(
            vocabulary,
            request.output().includeSpecialTokens(),
            continues,
            stop.stop(),
            stop.includeStopText());
    TokenConstraint shape = request.constraint();
    this.constraint =
        shape == null
            ? null
            : ConstraintProgress.begin(shape, vocabulary.stripLeadingSpace() && !continues);
    this.telemetry = telemetry;
    this.encoded = request.prompt().input() == null;
    this.tokens = new TokenHistory(request.prompt());
    this.drafter = new Drafter(tokens);
  }

  Generation generation() {
    return generation;
  }

  Prompt prompt() {
    return generation.request().prompt();
  }

  /** What the encoder still has to read, if anything. */
  @Nullable Prompt inputToEncode() {
    return encoded ? null : prompt().input();
  }

  /** The slot holds what the encoder made of the input. */
  void encoded() {
    encoded = true;
  }

  /** Tokens of the caller's prompt that are still to be run. */
  int waitingTokens() {
    Prompt input = inputToEncode();
    return (input == null ? 0 : input.length()) + prompt().length() - cached;
  }

  /** The whole prompt is in the slot. */
  void prefilled() {
    telemetry.prefilled();
  }

  /** Leaves unfinished, since its request has failed. */
  void failed(WeftException failure) {
    telemetry.failed(failure, generated);
  }

  int index() {
    return index;
  }

  /** Those of a sequence that has generated nothing yet. */
  Processors processors() {
    return processors;
  }

  int slot() {
    return slot;
  }

  void moveTo(int newSlot) {
    slot = newSlot;
  }

  int cached() {
    return cached;
  }

  /** The slot holds this many tokens now. */
  void cached(int tokens) {
    cached = tokens;
  }

  /** The prompt and what was generated. */
  TokenHistory tokens() {
    return tokens;
  }

  Drafter drafter() {
    return drafter;
  }

  /** Most tokens that it may still generate. */
  int tokensLeft() {
    return generation.request().stop().maxTokens() - generated;
  }

  /** Names of its blocks that the prefix cache knows, for {@link PrefixReuse} to extend. */
  List<BlockKey> blocks() {
    return blocks;
  }

  boolean isFirst() {
    return index == 0;
  }

  /** Whether the prompt's log probabilities are to be computed as it is prefilled. */
  boolean scoresPrompt() {
    return isFirst() && generation.request().output().promptLogprobs();
  }

  int lastToken() {
    return lastToken;
  }

  /** When the last token was chosen, in the engine's time. */
  long lastTokenNs() {
    return lastTokenNs;
  }

  /** Whether the next token is the first. */
  boolean isAtFirstToken() {
    return generated == 0;
  }

  /** Whether it takes another token. */
  boolean isRunning() {
    return !finished && !generation.isEnded();
  }

  boolean isFinished() {
    return finished;
  }

  /** Changes a row as the request wants it, before it is chosen from. */
  void process(Logits logits) {
    processors.apply(logits);
    StopOptions stop = generation.request().stop();
    boolean mayEnd = generated >= stop.minTokens();
    if (constraint != null) {
      constraint.limit(logits, mayEnd ? stop.endIds() : Set.of());
    } else if (!mayEnd) {
      stop.endIds().forEach(logits::ban);
    }
  }

  /** Whether {@link #process} makes tokens impossible, perhaps all. */
  boolean forbidsTokens() {
    GenerationRequest request = generation.request();
    return request.sampling().penalties().noRepeatNgram() > 0 || request.stop().minTokens() > 0;
  }

  /** Log probabilities of how many of the likeliest tokens are needed; null for none at all. */
  @Nullable Integer topLogprobs() {
    Integer asked = generation.request().output().topLogprobs();
    return asked == null && isRanked() ? Integer.valueOf(0) : asked;
  }

  int choose(Logits logits) {
    return sampler.choose(logits);
  }

  /** Takes the next token, tells the caller, and perhaps ends. */
  void append(int token, @Nullable TokenLogprob logprob, long nowNs) {
    generated++;
    tokens.add(token);
    lastToken = token;
    processors.write(token);
    lastTokenNs = nowNs;
    if (generated == 1) {
      firstTokenNs = nowNs;
      telemetry.firstToken();
    }
    StopOptions stop = generation.request().stop();
    if (constraint != null) {
      constraint.append(token);
    }
    boolean mayStop = generated > stop.minTokens();
    boolean ends = mayStop && stop.endIds().contains(token);
    boolean isText = !ends || stop.includeStopText();
    List<TokenLogprob> shown = shown(logprob, text.omitted(token, isText));
    String certain = isText ? text.add(token, mayStop) : "";
    generation.emit(new Delta(index, List.of(token), certain, shown));
    if (ends || text.matchedStop() != null) {
      finish(FinishReason.STOP);
    } else if (constraint != null && constraint.isOver()) {
      finish(FinishReason.STOP);
    } else if (generated == stop.maxTokens()) {
      finish(FinishReason.LENGTH);
    }
  }

  /** Whether nothing is to be generated. */
  boolean wantsNoTokens() {
    return generation.request().stop().maxTokens() == 0;
  }

  /** Ends after the prompt. */
  void finishWithoutTokens(long nowNs) {
    firstTokenNs = nowNs;
    lastTokenNs = nowNs;
    finish(FinishReason.LENGTH);
  }

  /** A beam goes on in this sequence's slot, with this token. */
  void continueWith(int token, long nowNs) {
    generated++;
    lastToken = token;
    lastTokenNs = nowNs;
  }

  /**
   * Ends with a result of a beam search.
   *
   * @param isReturned whether the caller gets it
   */
  void finish(Complete result, boolean isReturned, long nowNs) {
    int[] tokens = result.output().tokens();
    generated = tokens.length;
    firstTokenNs = nowNs;
    lastTokenNs = nowNs;
    telemetry.firstToken();
    if (isReturned) {
      emit(tokens, result.reason());
    }
    finish(result.reason(), isReturned, result.score());
  }

  private void emit(int[] tokens, FinishReason reason) {
    boolean endIsText =
        reason != FinishReason.STOP || generation.request().stop().includeStopText();
    int textTokens = endIsText ? tokens.length : tokens.length - 1;
    StringBuilder certain = new StringBuilder();
    for (int i = 0; i < textTokens; i++) {
      certain.append(text.add(tokens[i], true));
    }
    List<Integer> ids = Arrays.stream(tokens).boxed().toList();
    generation.emit(new Delta(index, ids, certain.toString(), List.of()));
  }

  /** Whether the sequence is one of several of which the best are returned. */
  private boolean isRanked() {
    return generation.request().bestOf() > generation.request().n();
  }

  private List<TokenLogprob> shown(@Nullable TokenLogprob logprob, int omittedBytes) {
    if (logprob == null) {
      return List.of();
    }
    logprobSum += logprob.token().logprob();
    return generation.request().output().topLogprobs() == null
        ? List.of()
        : List.of(logprob.omitting(omittedBytes));
  }

  Usage usage() {
    return new Usage(
        prompt().givenTokens(),
        generated,
        generation.cachedTokens(),
        firstTokenNs - generation.submittedNs(),
        lastTokenNs - firstTokenNs);
  }

  private static Processors processors(GenerationRequest request) {
    Processors processors = new Processors(request.sampling());
    if (processors.readsPrompt()) {
      for (int i = 0; i < request.prompt().length(); i++) {
        processors.read(request.prompt().id(i));
      }
    }
    return processors;
  }

  private void finish(FinishReason reason) {
    finish(reason, true, isRanked() ? logprobSum : null);
  }

  private void finish(FinishReason reason, boolean isReturned, @Nullable Double score) {
    finished = true;
    String rest = text.finish();
    String matched = text.matchedStop();
    // What was held back, an unfinished character now replaced, may complete a stop string.
    FinishReason last = matched == null ? reason : FinishReason.STOP;
    if (isReturned) {
      generation.emit(
          new Finished(index, last, rest, usage(), matched == null ? "" : matched, score));
    }
    telemetry.finished(last, usage());
    generation.sequenceFinished();
  }
}
