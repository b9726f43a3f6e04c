package io.weft.gateway.tokens;

import io.weft.gateway.generation.GenerationFields;
import io.weft.gateway.input.TextInputs;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of {@code /tokenize}. A body with {@code prompt} is of vLLM's API, any other of
 * text-embeddings-inference's. Fields that are not known are ignored. Used by one thread.
 */
final class TokenizeReader {
  private static final int MAX_INPUTS = 2_048;

  private @Nullable String model;
  private @Nullable TextInputs inputs;
  private @Nullable String prompt;
  private @Nullable Boolean specialTokens;
  private boolean tokenStrings;
  private boolean vllms;

  /** Reads all of it. */
  TokenizeRequest read(InputStream body) {
    JsonReader.readBody(body, this::take);
    return vllms
        ? vllmsRequest()
        : new TokenizeRequest.Texts(model, required(inputs), special(true));
  }

  /** Whether a field of vLLM's API that no other has was there, so far. */
  boolean isVllms() {
    return vllms;
  }

  private void take(String name, JsonReader value) {
    switch (name) {
      case "model" -> model = GenerationFields.modelName(value);
      case "inputs" -> inputs = TextInputs.read(value, MAX_INPUTS);
      case "prompt" -> {
        vllms = true;
        prompt = value.string();
      }
      case "add_special_tokens" -> specialTokens = value.bool();
      case "return_token_strs" -> tokenStrings = value.bool();
      default -> value.skip();
    }
  }

  private boolean special(boolean otherwise) {
    return specialTokens == null ? otherwise : specialTokens;
  }

  private TokenizeRequest vllmsRequest() {
    if (model == null) {
      throw Invalid.missing("model");
    }
    if (prompt == null) {
      throw Invalid.missing("prompt");
    }
    return new TokenizeRequest.Prompt(model, prompt, special(true), tokenStrings);
  }

  private static TextInputs required(@Nullable TextInputs inputs) {
    if (inputs == null) {
      throw Invalid.missing("inputs");
    }
    return inputs;
  }
}
