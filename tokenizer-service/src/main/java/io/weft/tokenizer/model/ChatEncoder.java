package io.weft.tokenizer.model;

import io.weft.runtime.error.WeftException;
import io.weft.tokenizer.chat.TemplateException;
import io.weft.tokenizer.encode.EncodeOptions;
import io.weft.tokenizer.encode.TextEncoder;
import io.weft.tokenizer.encode.TextItem;
import io.weft.tokenizer.encode.Utf8;
import java.util.Map;

/** Turns a conversation into ids: renders the model's chat template, then encodes the prompt. */
public final class ChatEncoder {
  private ChatEncoder() {}

  /**
   * A prompt.
   *
   * @param text as rendered
   * @param ids as the model gets it, [tokens]
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  public record Prompt(String text, int[] ids) {}

  /**
   * Renders and encodes. Special tokens in the text are recognised and none are added: the template
   * has written those that the model wants.
   *
   * @throws WeftException when the template fails, or the prompt is longer than the context
   */
  public static Prompt encode(TokenizerModel model, ChatPrompt chat) {
    String text = render(model, chat);
    long bytes = Utf8.length(text);
    if (bytes > TextEncoder.MAX_TEXT_BYTES) {
      throw new WeftException.InvalidRequest(
          "PROMPT_TOO_LONG",
          "the prompt has %,d bytes > %,d".formatted(bytes, TextEncoder.MAX_TEXT_BYTES),
          "messages");
    }
    int[] ids =
        model
            .encoder()
            .encode(new TextItem(text, null), EncodeOptions.PLAIN, tokens -> {})
            .tokens()
            .ids();
    int limit = model.manifest().contextLength();
    if (ids.length > limit) {
      throw new WeftException.InvalidRequest(
          "CONTEXT_LENGTH_EXCEEDED", "%,d tokens > %,d".formatted(ids.length, limit), "messages");
    }
    return new Prompt(text, ids);
  }

  private static String render(TokenizerModel model, ChatPrompt chat) {
    try {
      return chat.render(model);
    } catch (TemplateException e) {
      throw failure(model, e);
    }
  }

  private static WeftException failure(TokenizerModel model, TemplateException e) {
    String message = "the chat template of %s: %s".formatted(model.name(), e.getMessage());
    return switch (e.kind()) {
      case SYNTAX ->
          new WeftException.Unsupported(
              "CHAT_TEMPLATE_UNSUPPORTED", message, Map.of("model", model.name()));
      case EVALUATION ->
          new WeftException.InvalidRequest("CHAT_TEMPLATE_FAILED", message, "messages");
      case REFUSED ->
          new WeftException.InvalidRequest("CHAT_TEMPLATE_REFUSED", message, "messages");
      case LIMIT -> new WeftException.InvalidRequest("CHAT_TEMPLATE_LIMIT", message, "messages");
    };
  }
}
