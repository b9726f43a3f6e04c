package io.weft.tokenizer.chat;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.tag.Tag;
import com.hubspot.jinjava.tree.TagNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code macro name(parameters)}: Jinjava's own lets it see the names of whoever calls it. */
final class MacroStatement implements Tag {
  private static final long serialVersionUID = 1L;
  private static final Pattern SIGNATURE =
      Pattern.compile("(\\w+)\\s*\\((.*)\\)\\s*", Pattern.DOTALL);

  @Override
  public String getName() {
    return "macro";
  }

  @Override
  public String interpret(TagNode tag, JinjavaInterpreter interpreter) {
    Matcher signature = SIGNATURE.matcher(tag.getHelpers().strip());
    if (!signature.matches()) {
      throw TemplateException.syntax("tag 'macro' is not 'macro name(parameters)'");
    }
    String name = TagCode.name(signature.group(1));
    ((TemplateInterpreter) interpreter).memory().macro();
    interpreter
        .getContext()
        .put(
            name,
            new Macro(
                name, parameters(signature.group(2)), tag.getChildren(), interpreter.getContext()));
    return "";
  }

  private static List<Macro.Parameter> parameters(String code) {
    List<Macro.Parameter> parameters = new ArrayList<>();
    for (String part : TagCode.parts(code)) {
      int equals = part.indexOf('=');
      String name = TagCode.name((equals < 0 ? part : part.substring(0, equals)).strip());
      if (equals < 0 && !parameters.isEmpty() && parameters.getLast().otherwise() != null) {
        throw TemplateException.syntax("parameter '%s' has no default, one before it has", name);
      }
      parameters.add(
          new Macro.Parameter(name, equals < 0 ? null : part.substring(equals + 1).strip()));
    }
    return parameters;
  }
}
