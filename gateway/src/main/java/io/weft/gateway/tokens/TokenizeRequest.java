package io.weft.gateway.tokens;

import io.weft.gateway.backend.ChatInput;
import io.weft.gateway.backend.ChatRendering;
import io.weft.gateway.input.TextInputs;
import org.jspecify.annotations.Nullable;

/** A valid request to {@code /tokenize}. */
sealed interface TokenizeRequest {
  /**
   * By text-embeddings-inference's API.
   *
   * @param model as the client named it; null for the only encoder
   * @param inputs 1 to 2,048 texts
   * @param specialTokens whether the model's special tokens are added
   */
  record Texts(@Nullable String model, TextInputs inputs, boolean specialTokens)
      implements TokenizeRequest {}

  /**
   * A conversation, by vLLM's API.
   *
   * @param model as the client named it
   * @param chat the conversation
   * @param rendering how it is written out
   * @param specialTokens whether the model's special tokens are added to what the template wrote
   * @param tokenStrings whether the tokens' spellings are answered too
   */
  record Chat(
      String model,
      ChatInput chat,
      ChatRendering rendering,
      boolean specialTokens,
      boolean tokenStrings)
      implements TokenizeRequest {
    /** Says only what it is: texts are never logged. */
    @Override
    public String toString() {
      return "a conversation";
    }
  }

  /**
   * A text, by vLLM's API.
   *
   * @param model as the client named it
   * @param prompt the text; may be empty
   * @param specialTokens whether the model's special tokens are added
   * @param tokenStrings whether the tokens' spellings are answered too
   */
  record Prompt(String model, String prompt, boolean specialTokens, boolean tokenStrings)
      implements TokenizeRequest {
    /** Says only what it is: texts are never logged. */
    @Override
    public String toString() {
      return "a prompt";
    }
  }
}
