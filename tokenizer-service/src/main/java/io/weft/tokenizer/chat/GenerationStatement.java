package io.weft.tokenizer.chat;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.JinjavaInterpreter.InterpreterScopeClosable;
import com.hubspot.jinjava.lib.tag.Tag;
import com.hubspot.jinjava.tree.Node;
import com.hubspot.jinjava.tree.TagNode;

/**
 * {@code generation}, with which transformers marks the assistant's words: prints what it encloses,
 * whose variables end with it.
 */
final class GenerationStatement implements Tag {
  private static final long serialVersionUID = 1L;

  @Override
  public String getName() {
    return "generation";
  }

  @Override
  public String interpret(TagNode tag, JinjavaInterpreter interpreter) {
    StringBuilder output = new StringBuilder();
    try (InterpreterScopeClosable _ = interpreter.enterScope()) {
      for (Node child : tag.getChildren()) {
        ForStatement.render(child, interpreter, output);
        if (ForStatement.leftEarly(interpreter)) {
          break;
        }
      }
    }
    return output.toString();
  }
}
