package io.weft.generator.engine;

import io.weft.generator.sampling.Logits;
import io.weft.generator.sampling.TokenLogprob;
import io.weft.generator.sampling.TokenLogprob.Entry;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs prompts whose own log probabilities are wanted: the logits of every position are looked at,
 * a few positions a run, so that their memory stays bounded. Belongs to the engine's thread.
 */
final class PromptScorer {
  private final ModelRunner runner;
  private final Logits logits;
  private final int[] tokens;

  /**
   * @param logits scratch
   */
  PromptScorer(ModelRunner runner, Logits logits) {
    this.runner = runner;
    this.logits = logits;
    this.tokens = new int[runner.maxExtension()];
  }

  /**
   * Appends the tokens [from, to) of a prompt to its slot. Row {@code to - from - 1} of the logits
   * is then that after its last token.
   *
   * @param top how many of the likeliest tokens to list with each
   * @return one for each token in [from + 1, to], but not beyond the prompt, and before them one
   *     for the first token of all, which nothing precedes: its log probability is 0 and says
   *     nothing; null when a row is not of finite numbers
   */
  @Nullable List<TokenLogprob> run(Sequence sequence, int from, int to, int top) {
    Prompt prompt = sequence.prompt();
    for (int i = from; i < to; i++) {
      tokens[i - from] = prompt.id(i);
    }
    runner.extend(sequence.slot(), from, tokens, to - from);
    List<TokenLogprob> scored = new ArrayList<>(to - from + 1);
    if (from == 0) {
      scored.add(new TokenLogprob(new Entry(prompt.id(0), 0), List.of()));
    }
    for (int i = from + 1; i <= to && i < prompt.length(); i++) {
      runner.readLogits(i - 1 - from, logits.values());
      if (!logits.scan()) {
        return null;
      }
      scored.add(TokenLogprob.of(logits, prompt.id(i), top));
    }
    return scored;
  }
}
