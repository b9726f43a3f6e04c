package io.weft.generator.engine;

import io.weft.generator.engine.StepPlan.Decode;
import io.weft.generator.engine.StepPlan.Encode;
import io.weft.generator.engine.StepPlan.Idle;
import io.weft.generator.engine.StepPlan.Prefill;
import io.weft.generator.sampling.Logits;
import io.weft.generator.sampling.TokenLogprob;
import io.weft.runtime.error.WeftException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Runs a step: the model, then one token for each of its sequences. Belongs to the engine's thread.
 */
final class StepRunner {
  private static final Logger LOG = Logger.getLogger(StepRunner.class);

  private final ModelRunner runner;
  private final Scheduler scheduler;
  private final PrefixReuse prefixes;
  private final Speculation speculation;
  private final EngineMetrics metrics;
  private final LongSupplier clock;
  private final Logits logits;
  private final PromptScorer scorer;
  private final BeamSteps beams;
  private final int[] tokens;
  private final int[] lengths;

  StepRunner(
      ModelRunner runner,
      Scheduler scheduler,
      PrefixReuse prefixes,
      Speculation speculation,
      EngineMetrics metrics,
      LongSupplier clock) {
    this.runner = runner;
    this.scheduler = scheduler;
    this.prefixes = prefixes;
    this.speculation = speculation;
    this.metrics = metrics;
    this.clock = clock;
    this.logits = new Logits(runner.vocabularySize());
    this.scorer = new PromptScorer(runner, logits);
    this.beams = new BeamSteps(runner, prefixes, metrics, logits);
    this.tokens = new int[runner.slots()];
    this.lengths = new int[runner.slots()];
  }

  /** A step that fails ends the requests of its sequences, and no others. */
  void run(StepPlan plan) {
    long start = clock.getAsLong();
    switch (plan) {
      case Encode encode -> {
        run(List.of(encode.sequence()), () -> encode(encode));
        metrics.encoded(encode.input().length(), clock.getAsLong() - start);
      }
      case Prefill prefill -> {
        run(List.of(prefill.sequence()), () -> prefill(prefill));
        metrics.prefilled(prefill.tokens(), clock.getAsLong() - start);
      }
      case Decode decode -> {
        if (decode.mayDraft() && speculation.draft(decode.rows())) {
          decode.rows().forEach(row -> run(List.of(row), () -> verify(row)));
        } else {
          decode(decode);
          scheduler.decoded(decode, clock.getAsLong() - start);
        }
        metrics.decoded(decode.rows().size(), clock.getAsLong() - start);
      }
      case Idle _ -> {}
    }
  }

  private void decode(Decode step) {
    Prefill beside = step.beside();
    List<Sequence> all = new ArrayList<>(step.rows());
    if (beside != null) {
      metrics.prefilledBeside(beside.tokens());
      all.add(beside.sequence());
    }
    run(all, () -> decode(step.rows(), beside));
  }

  private void run(List<Sequence> sequences, Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      LOG.errorf(e, "a step with %d sequences failed", sequences.size());
      metrics.failedStep();
      WeftException failure =
          e instanceof WeftException known
              ? known
              : new WeftException.Internal("a step of the engine failed", e);
      sequences.forEach(sequence -> sequence.generation().fail(failure));
    }
  }

  private void encode(Encode step) {
    runner.encode(step.sequence().slot(), step.input());
    step.sequence().encoded();
  }

  private void prefill(Prefill step) {
    Sequence sequence = step.sequence();
    if (!sequence.scoresPrompt()) {
      runner.prefill(step.part());
      prefilled(step, 0);
    } else if (score(step)) {
      prefilled(step, step.tokens() - 1);
    }
  }

  /**
   * A part of a prompt is in its slot.
   *
   * @param row of the logits after its last token
   */
  private void prefilled(Prefill step, int row) {
    Sequence sequence = step.sequence();
    sequence.cached(step.to());
    prefixes.save(sequence);
    if (step.isLast()) {
      if (sequence.scoresPrompt()) {
        sequence.generation().accept(0);
      }
      begin(scheduler.prefilled(sequence, clock.getAsLong()), row);
    }
  }

  /** Sequences of one request have their prompt, whose logits are in a row. */
  private void begin(List<Sequence> sequences, int row) {
    Generation generation = sequences.getFirst().generation();
    BeamOptions options = generation.request().beams();
    if (options != null) {
      beams.begin(generation.beginBeams(options, sequences), row, clock.getAsLong());
      return;
    }
    for (Sequence begun : sequences) {
      if (begun.wantsNoTokens()) {
        begun.finishWithoutTokens(clock.getAsLong());
      } else {
        nextToken(begun, row);
      }
    }
  }

  /** Prefills with log probabilities; false when logits were broken and the request has ended. */
  private boolean score(Prefill step) {
    Generation generation = step.sequence().generation();
    Integer top = generation.request().output().topLogprobs();
    List<TokenLogprob> scored =
        scorer.run(step.sequence(), step.from(), step.to(), top == null ? 0 : top);
    if (scored == null) {
      endBroken(generation);
      return false;
    }
    generation.addPromptLogprobs(scored);
    return true;
  }

  private void decode(List<Sequence> rows, @Nullable Prefill beside) {
    for (int row = 0; row < rows.size(); row++) {
      tokens[row] = rows.get(row).lastToken();
      lengths[row] = rows.get(row).cached();
    }
    runner.decode(rows.size(), tokens, lengths, beside == null ? null : beside.part());
    for (int row = 0; row < rows.size(); row++) {
      rows.get(row).cached(lengths[row] + 1);
      if (rows.get(row).generation().beams() == null) {
        prefixes.save(rows.get(row));
      }
    }
    for (int row = 0; row < rows.size(); row++) {
      Sequence sequence = rows.get(row);
      BeamGroup group = sequence.generation().beams();
      if (group == null) {
        nextToken(sequence, row);
      } else if (sequence.index() == 0 && !sequence.generation().isEnded()) {
        beams.decoded(group, clock.getAsLong());
      }
    }
    if (beside != null) {
      prefilled(beside, rows.size());
    }
  }

  /**
   * Runs one sequence with its draft. Each token is drawn as always, from the logits after those
   * before it; as long as it is the one that was guessed, the logits after it are there too.
   * Guesses that were wrong stay in the slot until what comes next is written over them.
   */
  private void verify(Sequence sequence) {
    Drafter drafter = sequence.drafter();
    int length = sequence.cached();
    runner.extend(sequence.slot(), length, drafter.run(), 1 + drafter.drafted());
    int accepted = 0;
    sequence.cached(length + 1);
    nextToken(sequence, 0);
    while (sequence.isRunning() && drafter.guessed(accepted, sequence.lastToken())) {
      accepted++;
      sequence.cached(length + 1 + accepted);
      nextToken(sequence, accepted);
    }
    drafter.verified(accepted);
    metrics.speculated(drafter.drafted(), accepted);
    scheduler.verified(sequence, 1 + accepted);
    if (sequence.generation().failure() == null) {
      prefixes.save(sequence);
    }
  }

  private void nextToken(Sequence sequence, int row) {
    if (sequence.generation().isEnded()) {
      return;
    }
    runner.readLogits(row, logits.values());
    sequence.process(logits);
    if (!logits.scan()) {
      if (logits.isImpossible() && sequence.forbidsTokens()) {
        sequence.generation().fail(noTokenLeft());
      } else {
        endBroken(sequence.generation());
      }
      return;
    }
    int token = sequence.choose(logits);
    TokenLogprob logprob = logprob(sequence, row, token);
    long now = clock.getAsLong();
    if (sequence.isAtFirstToken()) {
      metrics.firstToken(now - sequence.generation().submittedNs());
    } else {
      metrics.nextToken(now - sequence.lastTokenNs());
    }
    metrics.generated();
    sequence.append(token, logprob, now);
  }

  private void endBroken(Generation generation) {
    metrics.brokenLogits();
    // What made them may lie in blocks by now.
    prefixes.clear();
    generation.fail(new WeftException.Internal("the model's logits are not finite numbers", null));
  }

  private static WeftException noTokenLeft() {
    return new WeftException.InvalidRequest(
        "NO_TOKEN_LEFT",
        "no token can follow: no_repeat_ngram_size or min_tokens forbids all of them",
        "sampling.no_repeat_ngram_size");
  }

  private @Nullable TokenLogprob logprob(Sequence sequence, int row, int token) {
    Integer top = sequence.topLogprobs();
    if (top == null) {
      return null;
    }
    // Read again: the request's own changes are in the row that was chosen from.
    runner.readLogits(row, logits.values());
    return logits.scan() ? TokenLogprob.of(logits, token, top) : null;
  }
}
