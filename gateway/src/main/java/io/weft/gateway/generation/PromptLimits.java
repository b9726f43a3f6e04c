package io.weft.gateway.generation;

import io.weft.gateway.backend.GenerationRequest;
import io.weft.gateway.backend.TokenIds;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.models.Model;
import io.weft.runtime.error.WeftException;

/**
 * Checks a request against the model's context before any of its prompts is submitted: of several
 * prompts, one that is too long must not fail after another has begun to stream.
 */
public final class PromptLimits {
  /** The generator's bound for one prompt, here that of a request. */
  private static final int MAX_PROMPT_LOGPROBS = 262_144;

  private PromptLimits() {}

  /**
   * Checks lengths of prompts and of the output.
   *
   * @throws WeftException.InvalidRequest naming the limit and the value
   */
  public static void check(GenerationRequest request, Model model) {
    Integer maxTokens = request.options().stop().maxTokens();
    String param = request.options().stop().maxTokensParam();
    if (maxTokens != null && maxTokens > model.contextLength()) {
      throw Invalid.range(
          param,
          "%s is %,d > %,d, the model's context"
              .formatted(param, maxTokens, model.contextLength()));
    }
    int longest = model.longestPrompt();
    for (TokenIds prompt : request.prompts()) {
      if (prompt.size() == 0) {
        throw Invalid.range(request.promptParam(), "prompt of 0 tokens, at least 1 is needed");
      }
      if (prompt.size() > longest) {
        throw new WeftException.InvalidRequest(
            "CONTEXT_LENGTH_EXCEEDED",
            "prompt of %,d tokens > %,d, the model's context%s"
                .formatted(
                    prompt.size(),
                    longest,
                    longest < model.contextLength() ? " less one token to generate" : ""),
            request.promptParam());
      }
    }
    checkLogprobs(request);
  }

  /** Those of all prompts are held at once, and told with each choice. */
  private static void checkLogprobs(GenerationRequest request) {
    Integer top = request.rivals();
    if (request.scoresPrompt() && top != null) {
      long promptTokens =
          request.prompts().stream().mapToLong(TokenIds::size).sum() * request.options().n();
      long logprobs = promptTokens * (1 + top);
      if (logprobs > MAX_PROMPT_LOGPROBS) {
        String field = request.options().promptLogprobs() == null ? "echo" : "prompt_logprobs";
        throw Invalid.range(
            field,
            "%s of %,d tokens with %,d log probabilities > %,d"
                .formatted(field, promptTokens, logprobs, MAX_PROMPT_LOGPROBS));
      }
    }
  }
}
