package io.weft.tokenizer.chat;

import com.hubspot.jinjava.tree.Node;
import java.time.Clock;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/**
 * A model's chat template, parsed once. Rendering is a pure function of its variables and the
 * clock; it runs on the calling thread within the {@link TemplateLimits}. Thread-safe.
 */
public final class ChatTemplate {
  private final TemplateProgram program;
  private final Node tree;

  private ChatTemplate(TemplateProgram program) {
    this.program = program;
    this.tree = guarded(interpreter(Map.of()), parser -> parser.parse(program.source().text()));
  }

  /**
   * Parses a template.
   *
   * @throws TemplateException when it is not valid or uses what is not supported
   */
  public static ChatTemplate parse(String source, TemplateLimits limits) {
    return parse(source, limits, System::nanoTime, Clock.system(ZoneId.systemDefault()));
  }

  static ChatTemplate parse(
      String source, TemplateLimits limits, LongSupplier nanoTime, Clock clock) {
    if (source.length() > TemplateLimits.SOURCE_CHARS) {
      throw TemplateException.limit(
          "the template has %,d characters > %,d", source.length(), TemplateLimits.SOURCE_CHARS);
    }
    return new ChatTemplate(
        new TemplateProgram(source, TemplateSource.rewrite(source), limits, nanoTime, clock));
  }

  /** Whether a text stands in the template as it came. */
  public boolean contains(String text) {
    return program.original().contains(text);
  }

  /** Whether the template reads a variable, or has the word for something else. */
  public boolean mentions(String name) {
    return Pattern.compile("\\b" + Pattern.quote(name) + "\\b").matcher(program.original()).find();
  }

  /**
   * Renders the template.
   *
   * @param variables values as JSON has them: String, Boolean, Long, Double, List, Map with String
   *     keys; null for JSON's null. They are not changed.
   * @throws TemplateException when the template fails, refuses or reaches a limit
   */
  public String render(Map<String, ?> variables) {
    Map<String, Object> bindings = new HashMap<>();
    bindings.put("none", PythonNone.NONE);
    bindings.put("None", PythonNone.NONE);
    bindings.putAll(TemplateFunctions.all());
    variables.forEach((name, value) -> bindings.put(name, value(value)));
    return guarded(
        interpreter(bindings),
        interpreter -> {
          String output = interpreter.render(tree);
          interpreter.checkLength(output.length());
          return output;
        });
  }

  private TemplateInterpreter interpreter(Map<String, Object> bindings) {
    TemplateEngine engine = TemplateEngine.INSTANCE;
    return new TemplateInterpreter(engine, engine.context(bindings), program);
  }

  private static Object value(Object value) {
    return switch (value) {
      case null -> PythonNone.NONE;
      case List<?> list -> list.stream().map(ChatTemplate::value).toList();
      case Map<?, ?> map -> {
        Map<Object, Object> copy = new LinkedHashMap<>();
        map.forEach((key, element) -> copy.put(key, value(element)));
        yield copy;
      }
      default -> value;
    };
  }

  private static <T> T guarded(
      TemplateInterpreter interpreter, Function<TemplateInterpreter, T> work) {
    try {
      return work.apply(interpreter);
    } catch (StackOverflowError e) {
      throw TemplateException.because(
              TemplateException.Kind.LIMIT, "the template is nested too deep", null)
          .at(interpreter.line());
    } catch (RuntimeException e) {
      TemplateException ours = TemplateException.in(e);
      if (ours == null) {
        // No cause: its message may quote the conversation.
        ours =
            TemplateException.evaluation(
                "the template cannot be applied (%s)", e.getClass().getSimpleName());
      }
      throw ours.at(interpreter.line());
    }
  }
}
