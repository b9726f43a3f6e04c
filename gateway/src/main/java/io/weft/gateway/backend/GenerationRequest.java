package io.weft.gateway.backend;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Prompts to generate from, all with the same options. Sequence {@code i} of prompt {@code p} has
 * the index {@code p * n + i} in the events.
 *
 * @param model name of the model
 * @param vocabularyHash of the tokenizer that made the prompts; empty when not known
 * @param prompts at least one
 * @param tenant whose work this is, for fairness between callers; "" for nobody in particular
 * @param promptParam what the API calls the prompt, for errors
 * @param options what the client chose
 * @param echo whether the prompts come back before the text, with log probabilities where the text
 *     has them
 */
public record GenerationRequest(
    String model,
    String vocabularyHash,
    List<TokenIds> prompts,
    String tenant,
    String promptParam,
    GenerationOptions options,
    boolean echo) {
  public GenerationRequest {
    prompts = List.copyOf(prompts);
  }

  /** Whether the prompts' own log probabilities are wanted. */
  public boolean scoresPrompt() {
    return options.promptLogprobs() != null || (echo && options.topLogprobs() != null);
  }

  /** Most rivals that any token needs; null for no log probabilities at all. */
  public @Nullable Integer rivals() {
    Integer output = options.topLogprobs();
    Integer prompt = options.promptLogprobs();
    if (output == null || prompt == null) {
      return output == null ? prompt : output;
    }
    return Math.max(output, prompt);
  }
}
