package io.weft.gateway.completions;

import io.weft.gateway.backend.GenerationOptions;
import io.weft.gateway.input.Inputs;

/**
 * A valid request for completions of one or several prompts.
 *
 * @param model as the client named it
 * @param prompts what to continue
 * @param options what goes to the generator
 * @param echo whether the text of each choice begins with its prompt
 * @param stream whether to answer with events
 * @param includeUsage whether the last of them tells the usage
 */
record CompletionRequest(
    String model,
    Inputs prompts,
    GenerationOptions options,
    boolean echo,
    boolean stream,
    boolean includeUsage) {
  /** Choices of the answer. */
  int choices() {
    return prompts.values().count() * options.n();
  }
}
