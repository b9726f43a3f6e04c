package io.weft.tokenizer.chat;

import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.tree.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A macro. Its body sees its parameters and the names of the place where it stands, not those of
 * the place that calls it.
 */
final class Macro implements PythonCallable {
  private static final Pattern VARARGS = Pattern.compile("\\bvarargs\\b");
  private static final Pattern KWARGS = Pattern.compile("\\bkwargs\\b");

  private final String name;
  private final List<Parameter> parameters;
  private final List<Node> body;
  private final Context scope;

  /**
   * A parameter.
   *
   * @param otherwise the expression that stands for it where it is not given; null where it is then
   *     undefined
   */
  record Parameter(String name, @Nullable String otherwise) {}

  /**
   * @param scope the names of the place where the macro stands
   */
  Macro(String name, List<Parameter> parameters, List<Node> body, Context scope) {
    this.name = name;
    this.parameters = List.copyOf(parameters);
    this.body = body;
    this.scope = scope;
  }

  @Override
  public Object call(List<@Nullable Object> arguments) {
    TemplateInterpreter interpreter = TemplateInterpreter.current();
    PythonMethods.Arguments given = PythonMethods.Arguments.of(name, arguments);
    int line = interpreter.getLineNumber();
    try (TemplateInterpreter.Frame _ = interpreter.enterMacro(scope)) {
      bind(interpreter, given.values(), given.named());
      StringBuilder output = new StringBuilder();
      body.forEach(node -> ForStatement.render(node, interpreter, output));
      return output.toString();
    } finally {
      interpreter.setLineNumber(line);
    }
  }

  private void bind(
      TemplateInterpreter interpreter,
      List<@Nullable Object> positional,
      Map<String, @Nullable Object> named) {
    Context frame = interpreter.getContext();
    List<Parameter> missing = new ArrayList<>();
    for (int i = 0; i < parameters.size(); i++) {
      Parameter parameter = parameters.get(i);
      boolean isNamed = named.containsKey(parameter.name());
      if (i < positional.size() && isNamed) {
        throw TemplateException.evaluation(
            "macro '%s' is given its argument '%s' twice", name, parameter.name());
      }
      frame.put(
          parameter.name(),
          i < positional.size() ? positional.get(i) : named.remove(parameter.name()));
      if (i >= positional.size() && !isNamed) {
        missing.add(parameter);
      }
    }
    frame.put("varargs", rest(positional));
    frame.put("kwargs", named);
    if (positional.size() > parameters.size() && !mentions(VARARGS)) {
      throw TemplateException.evaluation(
          "macro '%s' wants at most %d arguments, not %d",
          name, parameters.size(), positional.size());
    }
    if (!named.isEmpty() && !mentions(KWARGS)) {
      throw TemplateException.evaluation(
          "macro '%s' has no argument '%s'", name, named.keySet().iterator().next());
    }
    for (Parameter parameter : missing) {
      if (parameter.otherwise() != null) {
        frame.put(
            parameter.name(),
            interpreter.resolveELExpression(parameter.otherwise(), interpreter.getLineNumber()));
      }
    }
  }

  private PythonTuple rest(List<@Nullable Object> positional) {
    int taken = Math.min(parameters.size(), positional.size());
    return PythonTuple.copyOf(positional.subList(taken, positional.size()));
  }

  private boolean mentions(Pattern variable) {
    return body.stream().anyMatch(node -> variable.matcher(node.reconstructImage()).find());
  }
}
