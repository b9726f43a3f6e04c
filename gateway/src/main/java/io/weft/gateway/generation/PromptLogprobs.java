package io.weft.gateway.generation;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.weft.gateway.backend.GenerationEvent.LogprobEntry;
import io.weft.gateway.backend.GenerationEvent.TokenLogprob;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Log probabilities of a prompt in the shape of vLLM. */
public final class PromptLogprobs {
  private PromptLogprobs() {}

  /**
   * A token that stands, or could have stood, at a position of the prompt.
   *
   * @param rank 1 for the likeliest; absent where it is not among those asked for
   * @param decodedToken what it spells
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  public record Entry(float logprob, @Nullable Integer rank, String decodedToken) {}

  /**
   * One entry a token of the prompt: the likeliest tokens and its own, by their ids; null for the
   * first, which nothing precedes.
   *
   * @param rivals how many of the likeliest; null for no log probabilities
   */
  public static @Nullable List<@Nullable Map<Integer, Entry>> of(
      List<TokenLogprob> prompt, @Nullable Integer rivals) {
    if (rivals == null) {
      return null;
    }
    List<@Nullable Map<Integer, Entry>> entries = new ArrayList<>(prompt.size());
    for (TokenLogprob token : prompt) {
      entries.add(entries.isEmpty() ? null : position(token.limit(rivals)));
    }
    return entries;
  }

  private static Map<Integer, Entry> position(TokenLogprob token) {
    Map<Integer, Entry> position = new LinkedHashMap<>();
    for (LogprobEntry rival : token.top()) {
      position.put(rival.id(), entry(rival, position.size() + 1));
    }
    position.putIfAbsent(token.chosen().id(), entry(token.chosen(), null));
    return position;
  }

  private static Entry entry(LogprobEntry entry, @Nullable Integer rank) {
    return new Entry(TokenText.logprob(entry), rank, TokenText.of(entry));
  }
}
