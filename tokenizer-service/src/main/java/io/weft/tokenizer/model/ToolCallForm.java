package io.weft.tokenizer.model;

import io.weft.tokenizer.chat.ChatTemplate;
import java.util.OptionalInt;

/**
 * How a model writes that it calls a tool. Its chat template tells, since that is what it was
 * trained with: the first of these rules that holds.
 *
 * <ol>
 *   <li>The template has {@code <tool_call>}: {@link #TAGGED}.
 *   <li>It has {@code <|python_tag|>}, or asks for {@code "parameters": dictionary}: {@link
 *       #LLAMA}.
 *   <li>Else {@link #JSON}.
 * </ol>
 */
public enum ToolCallForm {
  /** The whole text is calls: JSON objects of name and arguments. */
  JSON(""),
  /** JSON objects of name and arguments between tags, anywhere in the text: Hermes, Qwen. */
  TAGGED("<tool_call>"),
  /** The whole text is calls: JSON objects of name and parameters. */
  LLAMA("<|python_tag|>");

  private final String mark;

  ToolCallForm(String mark) {
    this.mark = mark;
  }

  /** The form of a model. */
  public static ToolCallForm of(ChatTemplate template) {
    if (template.contains(TAGGED.mark)) {
      return TAGGED;
    }
    return template.contains(LLAMA.mark) || template.contains("\"parameters\": dictionary")
        ? LLAMA
        : JSON;
  }

  /** What a prompt ends with so that the JSON of a call follows. */
  String beginning() {
    return switch (this) {
      case JSON, LLAMA -> "";
      case TAGGED -> mark + "\n";
    };
  }

  /** Whether what marks a call is a special token of the model. */
  public boolean marksAreSpecial(TokenizerModel model) {
    OptionalInt id = model.vocabulary().id(mark);
    return id.isPresent() && model.vocabulary().special(id.getAsInt());
  }
}
