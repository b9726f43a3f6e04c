package io.weft.generator.sampling;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a request changes about the logits of one sequence before anything is chosen from them, in
 * the order of transformers: biases, the repetition penalty, presence and frequency penalties,
 * forbidden n-grams. Mutable: it remembers the sequence's tokens, if it needs them; belongs to the
 * engine's thread.
 */
public final class Processors {
  private final Penalties penalties;
  private final int[] biasedIds;
  private final float[] biases;
  private final @Nullable SeenTokens seen;
  private final @Nullable SeenNgrams ngrams;

  /** Those of a sequence without tokens; the prompt's come by {@link #read}. */
  public Processors(SamplingOptions options) {
    this.penalties = options.penalties();
    this.biasedIds = new int[options.logitBias().size()];
    this.biases = new float[biasedIds.length];
    int i = 0;
    for (Map.Entry<Integer, Float> bias : options.logitBias().entrySet()) {
      biasedIds[i] = bias.getKey();
      biases[i++] = bias.getValue();
    }
    this.seen = penalties.countTokens() ? new SeenTokens() : null;
    this.ngrams = penalties.noRepeatNgram() > 0 ? new SeenNgrams(penalties.noRepeatNgram()) : null;
  }

  private Processors(Processors from) {
    this.penalties = from.penalties;
    this.biasedIds = from.biasedIds;
    this.biases = from.biases;
    this.seen = from.seen == null ? null : from.seen.copy();
    this.ngrams = from.ngrams == null ? null : from.ngrams.copy();
  }

  /** The same, for a sequence that goes on differently from here. */
  public Processors copy() {
    return seen == null && ngrams == null ? this : new Processors(this);
  }

  /** Takes a token of the prompt. */
  public void read(int token) {
    if (seen != null && penalties.repetition() != 1) {
      seen.read(token);
    }
    if (ngrams != null) {
      ngrams.add(token);
    }
  }

  /** Whether {@link #read} does anything. */
  public boolean readsPrompt() {
    return ngrams != null || (seen != null && penalties.repetition() != 1);
  }

  /** Takes a token of the output. */
  public void write(int token) {
    if (seen != null) {
      seen.write(token);
    }
    if (ngrams != null) {
      ngrams.add(token);
    }
  }

  /** Changes a row that was not scanned yet. */
  public void apply(Logits logits) {
    for (int i = 0; i < biases.length; i++) {
      logits.add(biasedIds[i], biases[i]);
    }
    if (seen != null) {
      seen.penalize(logits, penalties);
    }
    if (ngrams != null) {
      ngrams.ban(logits);
    }
  }
}
