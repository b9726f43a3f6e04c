package io.weft.gateway.backend;

import java.util.List;

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
 * @param promptLogprobs whether to return the prompts' log probabilities, where those of the output
 *     are returned
 */
public record GenerationRequest(
    String model,
    String vocabularyHash,
    List<TokenIds> prompts,
    String tenant,
    String promptParam,
    GenerationOptions options,
    boolean promptLogprobs) {
  public GenerationRequest {
    prompts = List.copyOf(prompts);
  }
}
