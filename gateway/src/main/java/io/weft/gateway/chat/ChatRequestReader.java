package io.weft.gateway.chat;

import io.weft.gateway.backend.ChatMessage;
import io.weft.gateway.backend.Constraint;
import io.weft.gateway.backend.GenerationOptions;
import io.weft.gateway.generation.GenerationFields;
import io.weft.gateway.generation.Refused;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import io.weft.gateway.tools.Conversation;
import io.weft.gateway.tools.TemplateVariables;
import io.weft.gateway.tools.ToolFields;
import io.weft.gateway.tools.ToolReader;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of a chat completion. Fields that would change the answer but are not served are
 * refused by name; all others that are not known are ignored, as OpenAI's own clients send new ones
 * all the time.
 */
final class ChatRequestReader {
  private static final int MAX_MESSAGES = 4_096;
  private static final int MAX_TOP_LOGPROBS = 20;

  private final GenerationFields fields = new GenerationFields();
  private final ToolFields tools = new ToolFields(ToolReader::chat);
  private final TemplateVariables variables = new TemplateVariables();
  private @Nullable List<ChatMessage> messages;
  private @Nullable Integer maxCompletionTokens;
  private boolean logprobs;
  private @Nullable Integer topLogprobs;

  private ChatRequestReader() {}

  static ChatRequest read(InputStream body) {
    ChatRequestReader reader = new ChatRequestReader();
    JsonReader.readBody(body, reader::take);
    return reader.request();
  }

  private void take(String name, JsonReader value) {
    switch (name) {
      case "messages" -> messages = value.list(MAX_MESSAGES, () -> new MessageReader().read(value));
      case "max_completion_tokens" -> maxCompletionTokens = value.integer(1, Integer.MAX_VALUE);
      case "logprobs" -> logprobs = value.bool();
      case "top_logprobs" -> topLogprobs = value.integer(0, MAX_TOP_LOGPROBS);
      case "functions", "function_call", "audio", "prediction", "web_search_options" ->
          Refused.unlessEmpty(value);
      // vLLM's
      case "add_special_tokens", "continue_final_message", "documents", "echo" ->
          Refused.unlessEmpty(value);
      case "add_generation_prompt" -> Refused.unlessTrue(value);
      case "modalities" -> value.array(modality -> Refused.unlessOneOf(modality, "text"));
      default -> {
        if (!fields.take(name, value) && !tools.take(name, value) && !variables.take(name, value)) {
          value.skip();
        }
      }
    }
  }

  private ChatRequest request() {
    String model = fields.model();
    if (messages == null) {
      throw Invalid.missing("messages");
    }
    if (messages.isEmpty()) {
      throw Invalid.range("messages", "messages has 0 entries, at least 1 is needed");
    }
    if (topLogprobs != null && !logprobs) {
      throw Invalid.value("top_logprobs", "top_logprobs needs logprobs to be true");
    }
    if (maxCompletionTokens != null) {
      fields.setMaxTokens("max_completion_tokens", maxCompletionTokens);
    }
    Integer rivals = topLogprobs == null ? Integer.valueOf(0) : topLogprobs;
    GenerationOptions options = fields.options(logprobs ? rivals : null);
    Constraint shape = options.constraint();
    return new ChatRequest(
        model,
        new Conversation(
            messages,
            "messages",
            tools.use(shape == null ? null : shape.param()),
            variables.variables()),
        options,
        fields.stream(),
        fields.includeUsage());
  }
}
