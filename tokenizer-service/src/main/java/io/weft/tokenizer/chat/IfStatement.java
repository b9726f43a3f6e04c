package io.weft.tokenizer.chat;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.tag.ElseIfTag;
import com.hubspot.jinjava.lib.tag.ElseTag;
import com.hubspot.jinjava.lib.tag.Tag;
import com.hubspot.jinjava.tree.Node;
import com.hubspot.jinjava.tree.TagNode;

/** {@code if} with Python's truth: to Jinjava the text "false" is false. */
final class IfStatement implements Tag {
  private static final long serialVersionUID = 1L;

  @Override
  public String getName() {
    return "if";
  }

  @Override
  public String interpret(TagNode tag, JinjavaInterpreter interpreter) {
    StringBuilder output = new StringBuilder();
    boolean running = holds(tag, interpreter);
    boolean done = running;
    for (Node child : tag.getChildren()) {
      if (child instanceof TagNode branch && branch.getTag() instanceof ElseIfTag) {
        running = !done && holds(branch, interpreter);
        done |= running;
      } else if (child instanceof TagNode branch && branch.getTag() instanceof ElseTag) {
        running = !done;
        done = true;
      } else if (running) {
        ForStatement.render(child, interpreter, output);
        if (ForStatement.leftEarly(interpreter)) {
          break;
        }
      }
    }
    return output.toString();
  }

  private static boolean holds(TagNode tag, JinjavaInterpreter interpreter) {
    if (tag.getHelpers().isBlank()) {
      throw TemplateException.syntax("tag '%s' has no condition", tag.getName());
    }
    return Python.truth(interpreter.resolveELExpression(tag.getHelpers(), tag.getLineNumber()));
  }
}
