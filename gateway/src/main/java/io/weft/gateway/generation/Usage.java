package io.weft.gateway.generation;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.weft.gateway.backend.GenerationEvent;
import io.weft.gateway.backend.GenerationEvent.Accepted;
import io.weft.gateway.backend.GenerationEvent.Delta;
import io.weft.gateway.backend.GenerationEvent.Finished;

/**
 * Tokens of a request. A prompt counts once, however many sequences came from it.
 *
 * @param promptTokens of all prompts
 * @param completionTokens of all sequences, end-of-sequence tokens included
 * @param totalTokens the sum
 * @param promptTokensDetails what the prompts consisted of
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record Usage(
    int promptTokens, int completionTokens, int totalTokens, Details promptTokensDetails) {
  /**
   * What the prompts consisted of.
   *
   * @param cachedTokens tokens that came from the prefix cache
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  public record Details(int cachedTokens) {}

  /** Adds up the events of a request. */
  public static final class Counter {
    private int prompt;
    private int cached;
    private int completion;

    /** Counts one event. */
    public void count(GenerationEvent event) {
      switch (event) {
        case Accepted accepted -> {
          prompt += accepted.promptTokens();
          cached += accepted.cachedTokens();
        }
        case Delta _ -> {}
        case Finished finished -> completion += finished.completionTokens();
      }
    }

    /** The sums so far. */
    public Usage usage() {
      return new Usage(prompt, completion, prompt + completion, new Details(cached));
    }
  }
}
