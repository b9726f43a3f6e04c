package io.weft.tokenizer.chat;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.JinjavaInterpreter.InterpreterScopeClosable;
import com.hubspot.jinjava.lib.tag.ElseTag;
import com.hubspot.jinjava.lib.tag.Tag;
import com.hubspot.jinjava.tree.Node;
import com.hubspot.jinjava.tree.TagNode;
import com.hubspot.jinjava.util.ForLoop;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code for targets in expression if condition}, with {@code else}: Jinjava's own reads the
 * condition as an {@code a if b else c} and knows no {@code else}.
 */
final class ForStatement implements Tag {
  private static final long serialVersionUID = 1L;
  private static final String LOOP = "loop";

  @Override
  public String getName() {
    return "for";
  }

  @Override
  public String interpret(TagNode tag, JinjavaInterpreter interpreter) {
    ForHeader header = ForHeader.parse(tag.getHelpers());
    List<@Nullable Object> items =
        Python.iterate(interpreter.resolveELExpression(header.iterable(), tag.getLineNumber()));
    if (header.condition() != null) {
      items = keep(items, header, header.condition(), tag, interpreter);
    }
    List<Node> body = new ArrayList<>();
    List<Node> otherwise = new ArrayList<>();
    List<Node> part = body;
    for (Node child : tag.getChildren()) {
      if (child instanceof TagNode branch && branch.getTag() instanceof ElseTag) {
        part = otherwise;
      } else {
        part.add(child);
      }
    }
    StringBuilder output = new StringBuilder();
    if (!run(items, header, body, interpreter, output)) {
      otherwise.forEach(node -> render(node, interpreter, output));
    }
    return output.toString();
  }

  /**
   * Runs the loop.
   *
   * @return whether an element's body came to its end, without which Jinja2 goes on with {@code
   *     else}: also where all were left by {@code break} and {@code continue}
   */
  private static boolean run(
      List<@Nullable Object> items,
      ForHeader header,
      List<Node> body,
      JinjavaInterpreter interpreter,
      StringBuilder output) {
    Loop loop = new Loop(items);
    boolean ended = false;
    while (loop.hasNext()) {
      ((TemplateInterpreter) interpreter).step();
      Object item = loop.next();
      try (InterpreterScopeClosable _ = interpreter.enterScope()) {
        interpreter.getContext().put(LOOP, loop);
        assign(header, item, interpreter);
        for (Node node : body) {
          render(node, interpreter, output);
          if (loop.isContinued()) {
            break;
          }
        }
        ended |= !loop.isContinued();
      }
    }
    return ended;
  }

  private static List<@Nullable Object> keep(
      List<@Nullable Object> items,
      ForHeader header,
      String condition,
      TagNode tag,
      JinjavaInterpreter interpreter) {
    List<@Nullable Object> kept = new ArrayList<>();
    for (Object item : items) {
      ((TemplateInterpreter) interpreter).step();
      try (InterpreterScopeClosable _ = interpreter.enterScope()) {
        assign(header, item, interpreter);
        if (Python.truth(interpreter.resolveELExpression(condition, tag.getLineNumber()))) {
          kept.add(item);
        }
      }
    }
    return kept;
  }

  private static void assign(
      ForHeader header, @Nullable Object item, JinjavaInterpreter interpreter) {
    List<String> targets = header.targets();
    if (targets.size() == 1) {
      interpreter.getContext().put(targets.getFirst(), item);
      return;
    }
    List<@Nullable Object> parts = Python.iterate(item);
    if (parts.size() != targets.size()) {
      throw TemplateException.evaluation(
          "a loop wants %d values an element, there are %d", targets.size(), parts.size());
    }
    for (int i = 0; i < targets.size(); i++) {
      interpreter.getContext().put(targets.get(i), parts.get(i));
    }
  }

  static void render(Node node, JinjavaInterpreter interpreter, StringBuilder output) {
    TemplateInterpreter ours = (TemplateInterpreter) interpreter;
    String text = node.render(interpreter).getValue();
    ours.memory().printed(text);
    output.append(text);
    ours.checkLength(output.length());
  }

  /** Whether a {@code break} or {@code continue} has just run in the innermost loop. */
  static boolean leftEarly(JinjavaInterpreter interpreter) {
    return interpreter.getContext().get(LOOP) instanceof ForLoop loop && loop.isContinued();
  }
}
