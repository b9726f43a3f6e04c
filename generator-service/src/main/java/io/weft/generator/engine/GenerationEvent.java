package io.weft.generator.engine;

import io.weft.generator.sampling.TokenLogprob;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a caller is told while its request runs: one Accepted, deltas, one Finished a sequence. */
public sealed interface GenerationEvent {
  /**
   * The request has its first slot, and when the prompt's log probabilities are wanted, the whole
   * prompt in it.
   *
   * @param cachedTokens how many of the prompt's tokens came from the prefix cache
   * @param queueTimeNs how long it waited
   * @param promptLogprobs one a token of the prompt, the first of which says nothing, or none when
   *     not asked for
   */
  record Accepted(
      int promptTokens, int cachedTokens, long queueTimeNs, List<TokenLogprob> promptLogprobs)
      implements GenerationEvent {
    public Accepted {
      promptLogprobs = List.copyOf(promptLogprobs);
    }
  }

  /**
   * New tokens of one sequence.
   *
   * @param index which sequence
   * @param ids in order, at least one
   * @param text what is now certain; may lag behind the ids
   * @param logprobs one a token, or none when not asked for
   */
  record Delta(int index, List<Integer> ids, String text, List<TokenLogprob> logprobs)
      implements GenerationEvent {
    public Delta {
      ids = List.copyOf(ids);
      logprobs = List.copyOf(logprobs);
    }

    /** This and the next delta of the same sequence in one. */
    Delta plus(Delta next) {
      return new Delta(index, join(ids, next.ids), text + next.text, join(logprobs, next.logprobs));
    }

    private static <T> List<T> join(List<T> first, List<T> second) {
      List<T> all = new ArrayList<>(first.size() + second.size());
      all.addAll(first);
      all.addAll(second);
      return all;
    }
  }

  /**
   * One sequence ended.
   *
   * @param index which sequence
   * @param text what was held back until now
   * @param matchedStop the stop string that ended it; empty for other reasons
   * @param score what it was chosen by, of a beam search or as one of the best; else null
   */
  record Finished(
      int index,
      FinishReason reason,
      String text,
      Usage usage,
      String matchedStop,
      @Nullable Double score)
      implements GenerationEvent {}
}
