package io.weft.tokenizer.chat;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.JinjavaInterpreter.InterpreterScopeClosable;
import com.hubspot.jinjava.lib.tag.FlexibleTag;
import com.hubspot.jinjava.lib.tag.Tag;
import com.hubspot.jinjava.objects.Namespace;
import com.hubspot.jinjava.tree.Node;
import com.hubspot.jinjava.tree.TagNode;
import com.hubspot.jinjava.tree.parse.TagToken;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code set targets = expression}, and {@code set target | filters} with a body: Jinjava's own
 * takes any value for one with fields, and only a list in brackets apart.
 */
final class SetStatement implements Tag, FlexibleTag {
  private static final long serialVersionUID = 1L;
  private static final Pattern ASSIGNMENT =
      Pattern.compile("([\\w\\s.,()]+?)\\s*=(?!=)(.*)", Pattern.DOTALL);
  private static final Pattern BLOCK = Pattern.compile("([\\w.]+)\\s*(\\|.*)?", Pattern.DOTALL);

  /** What the body of a block is called while its filters are applied; no name of a template. */
  private static final String BODY = "____body____";

  @Override
  public String getName() {
    return "set";
  }

  @Override
  public String getEndTagName() {
    return "endset";
  }

  @Override
  public boolean hasEndTag(TagToken token) {
    return !ASSIGNMENT.matcher(token.getHelpers().strip()).matches();
  }

  @Override
  public String interpret(TagNode tag, JinjavaInterpreter interpreter) {
    String code = tag.getHelpers().strip();
    Matcher assignment = ASSIGNMENT.matcher(code);
    if (assignment.matches()) {
      assign(assignment.group(1).strip(), assignment.group(2).strip(), tag, interpreter);
      return "";
    }
    Matcher block = BLOCK.matcher(code);
    if (!block.matches()) {
      throw TemplateException.syntax("tag 'set' is not 'set ... = ...'");
    }
    Object value;
    try (InterpreterScopeClosable _ = interpreter.enterScope()) {
      StringBuilder body = new StringBuilder();
      for (Node child : tag.getChildren()) {
        ForStatement.render(child, interpreter, body);
      }
      value = body.toString();
      if (block.group(2) != null) {
        interpreter.getContext().put(BODY, value);
        value = interpreter.resolveELExpression(BODY + block.group(2), tag.getLineNumber());
      }
    }
    put(block.group(1), value, interpreter);
    return "";
  }

  private static void assign(
      String target, String expression, TagNode tag, JinjavaInterpreter interpreter) {
    if (expression.isEmpty()) {
      throw TemplateException.syntax("tag 'set' has no value");
    }
    Object value = interpreter.resolveELExpression(TagCode.tuple(expression), tag.getLineNumber());
    boolean inBrackets = target.startsWith("(") && target.endsWith(")");
    String names = inBrackets ? target.substring(1, target.length() - 1) : target;
    List<String> targets = TagCode.parts(names);
    if (targets.size() == 1 && names.indexOf(',') < 0) {
      put(names.strip(), value, interpreter);
      return;
    }
    List<@Nullable Object> values = Python.iterate(value);
    if (values.size() != targets.size()) {
      throw TemplateException.evaluation(
          "tag 'set' wants %d values, there are %d", targets.size(), values.size());
    }
    for (int i = 0; i < targets.size(); i++) {
      put(targets.get(i), values.get(i), interpreter);
    }
  }

  private static void put(String target, @Nullable Object value, JinjavaInterpreter interpreter) {
    TemplateInterpreter ours = (TemplateInterpreter) interpreter;
    int dot = target.indexOf('.');
    if (dot < 0) {
      ours.memory().set(value);
      ours.getContext().put(TagCode.name(target), value);
      return;
    }
    String name = target.substring(0, dot);
    if (!(ours.variable(name) instanceof Namespace namespace)) {
      throw TemplateException.evaluation("'%s' is no namespace, its fields cannot be set", name);
    }
    String field = TagCode.name(target.substring(dot + 1));
    ours.memory().replaced(namespace.get(field), value);
    namespace.put(field, value);
  }
}
