package io.weft.gateway.completions;

import io.weft.gateway.generation.GenerationFields;
import io.weft.gateway.generation.Refused;
import io.weft.gateway.input.Inputs;
import io.weft.gateway.input.InputsReader;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of a completion. Fields that would change the answer but are not served are
 * refused by name; all others that are not known are ignored.
 */
final class CompletionRequestReader {
  /** OpenAI's default, unlike that of chat: a completion does not end by itself. */
  static final int DEFAULT_MAX_TOKENS = 16;

  private static final int MAX_PROMPTS = 64;
  private static final int MAX_LOGPROBS = 20;

  private final GenerationFields fields = new GenerationFields();
  private @Nullable Inputs prompts;
  private @Nullable Integer logprobs;
  private boolean echo;
  private int maxTokens = DEFAULT_MAX_TOKENS;

  private CompletionRequestReader() {}

  static CompletionRequest read(InputStream body) {
    CompletionRequestReader reader = new CompletionRequestReader();
    JsonReader.readBody(body, reader::take);
    return reader.request();
  }

  private void take(String name, JsonReader value) {
    switch (name) {
      case "prompt" -> prompts = InputsReader.read(value, MAX_PROMPTS);
      case "logprobs" -> logprobs = value.integer(0, MAX_LOGPROBS);
      case "max_tokens" -> maxTokens = value.integer(0, Integer.MAX_VALUE);
      case "echo" -> echo = value.bool();
      case "suffix", "prompt_embeds" -> Refused.unlessEmpty(value);
      case "add_special_tokens" -> Refused.unlessTrue(value);
      default -> {
        if (!fields.take(name, value)) {
          value.skip();
        }
      }
    }
  }

  private CompletionRequest request() {
    String model = fields.model();
    if (prompts == null) {
      throw Invalid.missing("prompt");
    }
    if (maxTokens == 0 && !echo) {
      throw Invalid.range(
          "max_tokens", "max_tokens is 0, it must be at least 1 unless echo is true");
    }
    fields.setMaxTokens("max_tokens", maxTokens);
    return new CompletionRequest(
        model, prompts, fields.options(logprobs), echo, fields.stream(), fields.includeUsage());
  }
}
