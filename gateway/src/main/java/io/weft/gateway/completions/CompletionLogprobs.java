package io.weft.gateway.completions;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.weft.gateway.backend.GenerationEvent.LogprobEntry;
import io.weft.gateway.backend.GenerationEvent.TokenLogprob;
import io.weft.gateway.generation.TokenText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Log probabilities in the shape of completions: lists as long as there are tokens.
 *
 * @param tokens what each token spells
 * @param tokenLogprobs of each token
 * @param topLogprobs of the likeliest tokens at each position, and of the chosen one
 * @param textOffset where each token begins in the text of its choice, in code points
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record CompletionLogprobs(
    List<String> tokens,
    List<Float> tokenLogprobs,
    List<Map<String, Float>> topLogprobs,
    List<Integer> textOffset) {

  /** Counts the code points of one choice over all of its tokens. Used by one thread. */
  static final class Offsets {
    private int begun;

    CompletionLogprobs next(List<TokenLogprob> logprobs) {
      List<String> tokens = new ArrayList<>();
      List<Float> chosen = new ArrayList<>();
      List<Map<String, Float>> top = new ArrayList<>();
      List<Integer> offsets = new ArrayList<>();
      for (TokenLogprob logprob : logprobs) {
        tokens.add(TokenText.ofCompletion(logprob.chosen()));
        chosen.add(TokenText.logprob(logprob.chosen()));
        top.add(top(logprob));
        offsets.add(offset(logprob.chosen().bytes()));
      }
      return new CompletionLogprobs(tokens, chosen, top, offsets);
    }

    private static Map<String, Float> top(TokenLogprob logprob) {
      Map<String, Float> top = new LinkedHashMap<>();
      for (LogprobEntry entry : logprob.top()) {
        top.putIfAbsent(TokenText.ofCompletion(entry), TokenText.logprob(entry));
      }
      top.putIfAbsent(
          TokenText.ofCompletion(logprob.chosen()), TokenText.logprob(logprob.chosen()));
      return top;
    }

    /** A token that goes on with a character begins where that character began. */
    private int offset(List<Integer> bytes) {
      boolean goesOn = begun > 0 && !bytes.isEmpty() && !beginsCharacter(bytes.getFirst());
      int offset = goesOn ? begun - 1 : begun;
      begun += (int) bytes.stream().filter(Offsets::beginsCharacter).count();
      return offset;
    }

    private static boolean beginsCharacter(int utf8Byte) {
      return (utf8Byte & 0xC0) != 0x80;
    }
  }
}
