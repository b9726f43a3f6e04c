package io.weft.generator.engine;

import io.weft.generator.engine.BeamSearch.Candidate;
import io.weft.generator.engine.BeamSearch.Complete;
import io.weft.generator.sampling.Logits;
import io.weft.runtime.error.WeftException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToIntFunction;

/**
 * Carries a beam search out on the slots of its sequences. Which sequence holds which beam does not
 * matter, so a beam that goes on stays where it is: only where it goes on in several ways, its slot
 * is copied, into those of beams that do not go on. Belongs to the engine's thread.
 */
final class BeamSteps {
  private final ModelRunner runner;
  private final PrefixReuse prefixes;
  private final EngineMetrics metrics;
  private final Logits logits;

  /**
   * @param logits scratch memory, as long as the vocabulary
   */
  BeamSteps(ModelRunner runner, PrefixReuse prefixes, EngineMetrics metrics, Logits logits) {
    this.runner = runner;
    this.prefixes = prefixes;
    this.metrics = metrics;
    this.logits = logits;
  }

  /** A prompt was prefilled; all sequences of its search hold it, and its logits are in a row. */
  void begin(BeamGroup group, int row, long nowNs) {
    step(group, _ -> row, nowNs);
  }

  /** All sequences of a search were decoded; the row of each is that of its slot. */
  void decoded(BeamGroup group, long nowNs) {
    step(group, Sequence::slot, nowNs);
  }

  private void step(BeamGroup group, ToIntFunction<Sequence> rows, long nowNs) {
    List<Candidate> candidates = new ArrayList<>();
    for (int beam = 0; beam < group.beams().size(); beam++) {
      runner.readLogits(rows.applyAsInt(group.holders().get(beam)), logits.values());
      if (!logits.scan()) {
        metrics.brokenLogits();
        // What made them may lie in blocks by now.
        prefixes.clear();
        group.fail(new WeftException.Internal("the model's logits are not finite numbers", null));
        return;
      }
      addCandidates(group, beam, candidates);
      metrics.generated();
    }
    candidates.sort(Candidate.ORDER);
    List<Candidate> running = group.search().advance(group.beams(), candidates);
    if (!group.search().isDone()) {
      group.reorder(running, runner, nowNs);
    } else {
      finish(group, nowNs);
    }
  }

  private void addCandidates(BeamGroup group, int beam, List<Candidate> candidates) {
    Hypothesis output = group.beams().get(beam);
    logits.toLogProbabilities();
    group.process(output, logits);
    if (!logits.scan()) {
      // Nothing can follow.
      return;
    }
    int most = group.search().candidatesPerBeam(runner.vocabularySize());
    for (int id : logits.likeliest(most)) {
      candidates.add(new Candidate(beam, id, output.logprobSum() + logits.value(id)));
    }
  }

  private void finish(BeamGroup group, long nowNs) {
    List<Complete> complete = group.search().complete();
    int n = group.generation().request().n();
    if (complete.size() < n) {
      group.fail(
          new WeftException.InvalidRequest(
              "NO_TOKEN_LEFT",
              String.format(
                  Locale.ROOT,
                  "beam search found %d sequences of %d: no other tokens are allowed",
                  complete.size(),
                  n),
              "sampling.beam_search"));
      return;
    }
    metrics.firstToken(nowNs - group.generation().submittedNs());
    for (Sequence sequence : group.sequences()) {
      Complete result = complete.get(Math.min(sequence.index(), complete.size() - 1));
      sequence.finish(result, sequence.index() < n, nowNs);
    }
  }
}
