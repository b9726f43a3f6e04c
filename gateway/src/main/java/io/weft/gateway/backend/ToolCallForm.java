package io.weft.gateway.backend;

/** How a model writes that it calls a tool; the tokenizer tells it by the chat template. */
public enum ToolCallForm {
  /** The whole text is a JSON object of name and arguments, or a list of such. */
  JSON("arguments"),
  /** JSON objects of name and arguments between tags, anywhere in the text: Hermes, Qwen. */
  TAGGED("arguments"),
  /** The whole text is JSON objects of name and parameters: Llama 3. */
  LLAMA("parameters");

  private final String argumentsKey;

  ToolCallForm(String argumentsKey) {
    this.argumentsKey = argumentsKey;
  }

  /** What the model calls the arguments. */
  public String argumentsKey() {
    return argumentsKey;
  }
}
