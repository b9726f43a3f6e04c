package io.weft.gateway.backend;

import java.util.List;

/** What the generator tells of a generation. Sequences are counted over all prompts. */
public sealed interface GenerationEvent {
  /**
   * A prompt left the queue.
   *
   * @param firstSequence the first of the sequences that come from it
   * @param promptTokens its length
   * @param cachedTokens how many of them came from the prefix cache
   * @param promptLogprobs of its tokens, when asked for; nothing precedes the first, whose own says
   *     nothing
   */
  record Accepted(
      int firstSequence, int promptTokens, int cachedTokens, List<TokenLogprob> promptLogprobs)
      implements GenerationEvent {
    public Accepted {
      promptLogprobs = List.copyOf(promptLogprobs);
    }
  }

  /**
   * New tokens of one sequence.
   *
   * @param sequence which
   * @param tokens how many
   * @param text what is certain of the text; may be empty
   * @param logprobs one a token, when asked for
   */
  record Delta(int sequence, int tokens, String text, List<TokenLogprob> logprobs)
      implements GenerationEvent {
    public Delta {
      logprobs = List.copyOf(logprobs);
    }
  }

  /**
   * One sequence ended.
   *
   * @param sequence which
   * @param reason why
   * @param text the rest of its text; may be empty
   * @param completionTokens tokens generated
   */
  record Finished(int sequence, FinishReason reason, String text, int completionTokens)
      implements GenerationEvent {}

  /** Why a sequence ended. */
  enum FinishReason {
    /** An end-of-sequence token, a stop token or a stop string. */
    STOP,
    /** {@code max_tokens} or the context length. */
    LENGTH
  }

  /**
   * A token with its log probability and those of its rivals.
   *
   * @param chosen the token
   * @param top the likeliest tokens at this position, likeliest first
   * @param omittedBytes how many of the chosen token's first bytes are not in the text
   */
  record TokenLogprob(LogprobEntry chosen, List<LogprobEntry> top, int omittedBytes) {
    public TokenLogprob {
      top = List.copyOf(top);
    }

    /** How many log probabilities these are: the chosen tokens' and their rivals'. */
    public static long count(List<TokenLogprob> tokens) {
      return tokens.stream().mapToLong(token -> 1 + token.top().size()).sum();
    }

    /** The same with at most so many rivals. */
    public TokenLogprob limit(int rivals) {
      return rivals >= top.size()
          ? this
          : new TokenLogprob(chosen, top.subList(0, rivals), omittedBytes);
    }

    /** What of the chosen token is in the text. */
    public List<Integer> textBytes() {
      List<Integer> bytes = chosen.bytes();
      return bytes.subList(Math.min(omittedBytes, bytes.size()), bytes.size());
    }
  }

  /**
   * One token and how likely it was.
   *
   * @param id the token
   * @param bytes what it spells, each 0 to 255; part of a character is possible
   * @param logprob natural logarithm of its probability
   */
  record LogprobEntry(int id, List<Integer> bytes, float logprob) {
    public LogprobEntry {
      bytes = List.copyOf(bytes);
    }
  }
}
