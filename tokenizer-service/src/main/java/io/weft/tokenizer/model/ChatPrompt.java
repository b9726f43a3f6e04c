package io.weft.tokenizer.model;

import io.weft.runtime.error.WeftException;
import io.weft.runtime.model.ModelManifest;
import io.weft.tokenizer.chat.ChatTemplate;
import io.weft.tokenizer.chat.TemplateException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A conversation to be turned into a prompt by its model's chat template, with the variables that
 * transformers hands to templates.
 *
 * <p><b>Special tokens in messages.</b> The rendered prompt is encoded as one text in which special
 * tokens are recognised, wherever they stand: a user who writes {@code <|im_end|>} ends his own
 * turn and can go on as the system. This is what transformers does, and prompts equal to those a
 * model was trained on and evaluated with were chosen over a protection that would quietly change
 * them: a template is one string, so afterwards nobody can tell whose token it was. Who serves
 * untrusted users against a system prompt that must hold should refuse messages that spell a
 * special token before they come here; {@code GetVocabulary} says which there are.
 *
 * @param messages oldest first
 * @param tools tool definitions; none means that the template sees None; a template that does not
 *     read them is helped by {@link ToolPrompt}
 * @param addGenerationPrompt append what makes the model answer as the assistant
 * @param continueFinalMessage end the prompt inside the last message
 * @param beginToolCall end the prompt with what begins a call in the model's form
 * @param options further variables for the template
 */
public record ChatPrompt(
    List<Message> messages,
    List<Map<String, Object>> tools,
    boolean addGenerationPrompt,
    boolean continueFinalMessage,
    boolean beginToolCall,
    Map<String, Object> options) {
  /** Most tools of a conversation. */
  public static final int MAX_TOOLS = 128;

  /** Most messages of a conversation. */
  public static final int MAX_MESSAGES = 4_096;

  /** What is put after the last message to find its end in the prompt, as transformers does. */
  private static final String END_OF_MESSAGE = "CONTINUE_FINAL_MESSAGE_TAG ";

  /** Variables that are the service's to set. */
  private static final List<String> RESERVED =
      List.of("messages", "tools", "documents", "add_generation_prompt");

  /**
   * One message.
   *
   * @param role who speaks
   * @param content the text
   * @param extra further fields for the template
   */
  public record Message(String role, String content, Map<String, Object> extra) {
    /** A message without text of its own in any log. */
    @Override
    public String toString() {
      return "Message[" + role + "]";
    }
  }

  /**
   * Checks what does not depend on the model.
   *
   * @throws WeftException.InvalidRequest when a number or a name is out of range
   */
  public ChatPrompt {
    if (messages.isEmpty() || messages.size() > MAX_MESSAGES) {
      throw new WeftException.InvalidRequest(
          "MESSAGES_OUT_OF_RANGE",
          "%,d messages, there must be 1 to %,d".formatted(messages.size(), MAX_MESSAGES),
          "messages");
    }
    for (int i = 0; i < messages.size(); i++) {
      Message message = messages.get(i);
      if (message.role().isEmpty()) {
        throw new WeftException.InvalidRequest(
            "ROLE_MISSING", "message %,d has no role".formatted(i), "messages");
      }
      if (message.extra().containsKey("role") || message.extra().containsKey("content")) {
        throw new WeftException.InvalidRequest(
            "FIELD_TWICE",
            "message %,d has a field 'role' or 'content' among its extra fields".formatted(i),
            "messages");
      }
    }
    for (String name : RESERVED) {
      if (options.containsKey(name)) {
        throw new WeftException.InvalidRequest(
            "OPTION_RESERVED",
            "template option '%s' is set by the service".formatted(name),
            "template_options");
      }
    }
    if (addGenerationPrompt && continueFinalMessage) {
      throw new WeftException.InvalidRequest(
          "CONFLICTING_OPTIONS",
          "continue_final_message and add_generation_prompt exclude each other",
          "continue_final_message");
    }
    if (tools.size() > MAX_TOOLS) {
      throw new WeftException.InvalidRequest(
          "TOOLS_OUT_OF_RANGE",
          "%,d tools, there may be at most %,d".formatted(tools.size(), MAX_TOOLS),
          "tools");
    }
    if (beginToolCall && (tools.isEmpty() || !addGenerationPrompt)) {
      throw new WeftException.InvalidRequest(
          "CONFLICTING_OPTIONS",
          "begin_tool_call needs tools and add_generation_prompt",
          "begin_tool_call");
    }
  }

  /** A conversation that offers no tools and that the assistant answers next. */
  public static ChatPrompt of(List<Message> messages) {
    return new ChatPrompt(messages, List.of(), true, false, false, Map.of());
  }

  /**
   * The prompt as text.
   *
   * @throws WeftException.Unsupported when the model has no template
   * @throws TemplateException when its template fails
   */
  public String render(TokenizerModel model) {
    Map<String, @Nullable Object> variables = new LinkedHashMap<>(specialTokens(model));
    variables.putAll(options);
    ChatTemplate template = model.requireTemplate();
    variables.put("messages", messageVariables(ToolPrompt.messages(template, messages, tools)));
    variables.put("tools", tools.isEmpty() ? null : tools);
    variables.put("documents", null);
    variables.put("add_generation_prompt", addGenerationPrompt);
    String prompt = template.render(variables);
    if (beginToolCall) {
      return prompt + ToolCallForm.of(template).beginning();
    }
    return continueFinalMessage ? upToFinalMessage(prompt) : prompt;
  }

  private List<Map<String, Object>> messageVariables(List<Message> shown) {
    List<Map<String, Object>> variables = new ArrayList<>(shown.size());
    for (int i = 0; i < shown.size(); i++) {
      Message message = shown.get(i);
      boolean open = continueFinalMessage && i == shown.size() - 1;
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("role", message.role());
      fields.put("content", open ? message.content() + END_OF_MESSAGE : message.content());
      fields.putAll(message.extra());
      variables.add(fields);
    }
    return variables;
  }

  private static Map<String, Object> specialTokens(TokenizerModel model) {
    Map<String, Object> tokens = new LinkedHashMap<>();
    ModelManifest.SpecialTokens ids = model.manifest().tokens();
    put(tokens, "bos_token", ids.bos(), model);
    put(tokens, "eos_token", ids.eos().isEmpty() ? null : ids.eos().getFirst(), model);
    put(tokens, "pad_token", ids.pad(), model);
    return tokens;
  }

  private static void put(
      Map<String, Object> tokens, String name, @Nullable Integer id, TokenizerModel model) {
    if (id != null && id >= 0 && id < model.vocabulary().size()) {
      String token = model.vocabulary().token(id);
      if (token != null) {
        tokens.put(name, token);
      }
    }
  }

  private String upToFinalMessage(String prompt) {
    int end = prompt.lastIndexOf(END_OF_MESSAGE.strip());
    if (end < 0 || !prompt.contains(messages.getLast().content().strip())) {
      throw new WeftException.InvalidRequest(
          "FINAL_MESSAGE_NOT_RENDERED",
          "the chat template leaves out or changes the final message, so it cannot be continued",
          "continue_final_message");
    }
    String open = prompt.substring(0, end);
    // A template that trims the message has trimmed the mark with it.
    return prompt.startsWith(END_OF_MESSAGE, end) ? open : open.stripTrailing();
  }
}
