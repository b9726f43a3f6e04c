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
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Log probabilities in the shape of completions: lists as long as there are tokens.
 *
 * @param tokens what each token spells
 * @param tokenLogprobs of each token; null for the first token of a prompt, which nothing precedes
 * @param topLogprobs of the likeliest tokens at each position, and of the chosen one; null as well
 * @param textOffset where each token begins in the text of its choice, in code points; of one that
 *     the text leaves out, such as a special one, where it would begin
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record CompletionLogprobs(
    List<String> tokens,
    @Schema(implementation = Object.class) List<@Nullable Float> tokenLogprobs,
    @Schema(implementation = Object.class) List<@Nullable Map<String, Float>> topLogprobs,
    List<Integer> textOffset) {

  private static CompletionLogprobs empty() {
    return new CompletionLogprobs(
        new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
  }

  /** This and what follows it in the same text. */
  CompletionLogprobs plus(CompletionLogprobs next) {
    CompletionLogprobs both = empty();
    for (CompletionLogprobs part : List.of(this, next)) {
      both.tokens.addAll(part.tokens);
      both.tokenLogprobs.addAll(part.tokenLogprobs);
      both.topLogprobs.addAll(part.topLogprobs);
      both.textOffset.addAll(part.textOffset);
    }
    return both;
  }

  /** Counts the code points of one choice over all of its tokens. Used by one thread. */
  static final class Offsets {
    private int begun;

    CompletionLogprobs next(List<TokenLogprob> logprobs) {
      CompletionLogprobs next = empty();
      logprobs.forEach(logprob -> add(next, logprob));
      return next;
    }

    /**
     * The tokens of a prompt that the text begins with. What they spell may begin with what is no
     * part of the text, as a token that begins every prompt: that has the offset 0.
     */
    CompletionLogprobs echo(List<TokenLogprob> prompt, String text) {
      int length = text.codePointCount(0, text.length());
      int spelled = prompt.stream().mapToInt(token -> characters(token.chosen().bytes())).sum();
      begun = Math.min(0, length - spelled);
      CompletionLogprobs echo = next(prompt);
      if (!prompt.isEmpty()) {
        echo.tokenLogprobs.set(0, null);
        echo.topLogprobs.set(0, null);
      }
      begun = length;
      return echo;
    }

    private void add(CompletionLogprobs to, TokenLogprob logprob) {
      to.tokens.add(TokenText.ofCompletion(logprob.chosen()));
      to.tokenLogprobs.add(TokenText.logprob(logprob.chosen()));
      to.topLogprobs.add(top(logprob));
      to.textOffset.add(offset(logprob.textBytes()));
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

    /**
     * A token that goes on with a character begins where that character began.
     *
     * @param bytes those that are in the text
     */
    private int offset(List<Integer> bytes) {
      boolean goesOn = !bytes.isEmpty() && !beginsCharacter(bytes.getFirst());
      int offset = goesOn ? begun - 1 : begun;
      begun += characters(bytes);
      return Math.max(0, offset);
    }

    private static int characters(List<Integer> bytes) {
      return (int) bytes.stream().filter(Offsets::beginsCharacter).count();
    }

    private static boolean beginsCharacter(int utf8Byte) {
      return (utf8Byte & 0xC0) != 0x80;
    }
  }
}
