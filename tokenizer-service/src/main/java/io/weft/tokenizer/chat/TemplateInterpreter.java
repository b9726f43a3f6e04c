package io.weft.tokenizer.chat;

import com.hubspot.jinjava.el.JinjavaELContext;
import com.hubspot.jinjava.el.JinjavaInterpreterResolver;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.interpret.TemplateError.ErrorReason;
import java.time.Clock;
import java.util.Map;
import java.util.Set;
import jinjava.de.odysseus.el.tree.TreeBuilderException;
import jinjava.javax.el.ExpressionFactory;
import org.jspecify.annotations.Nullable;

/**
 * One rendering. Stops at the first problem (Jinjava would go on and print nothing in its place),
 * prints values as Python does, and keeps the bounds. Confined to one thread.
 */
final class TemplateInterpreter extends JinjavaInterpreter {
  private final TemplateProgram program;
  private final long deadline;
  private final RenderingMemory memory;
  private int steps;
  private final ExpressionFactory expressions;
  private final JinjavaELContext elContext;

  /** The innermost scope; Jinjava's own cannot be left for that of a macro. */
  private @Nullable Context scope;

  private int macros;

  TemplateInterpreter(TemplateEngine engine, Context context, TemplateProgram program) {
    super(engine, context, TemplateEngine.config(program.limits().outputChars()));
    this.program = program;
    this.deadline = program.nanoTime().getAsLong() + program.limits().time().toNanos();
    this.memory = new RenderingMemory(program.limits().memory());
    this.expressions = engine.getExpressionFactory();
    this.elContext = new JinjavaELContext(this, new JinjavaInterpreterResolver(this));
    this.scope = context;
  }

  /** The rendering that the calling thread is in. */
  static TemplateInterpreter current() {
    if (getCurrent() instanceof TemplateInterpreter interpreter) {
      return interpreter;
    }
    throw new IllegalStateException("no template is being rendered");
  }

  @Override
  public Context getContext() {
    Context innermost = scope;
    return innermost == null ? super.getContext() : innermost;
  }

  @Override
  public InterpreterScopeClosable enterScope(@Nullable Map<Context.Library, Set<String>> disabled) {
    scope = new Context(getContext(), null, disabled);
    return new InterpreterScopeClosable();
  }

  @Override
  public void leaveScope() {
    scope = getContext().getParent();
  }

  /** The scope of a macro's body while it runs. */
  final class Frame implements AutoCloseable {
    private final @Nullable Context caller;

    private Frame(@Nullable Context caller) {
      this.caller = caller;
    }

    @Override
    public void close() {
      scope = caller;
      macros--;
    }
  }

  /**
   * Enters a scope within the one where a macro stands.
   *
   * @throws TemplateException when macros call each other too deep
   */
  Frame enterMacro(Context definition) {
    if (macros == TemplateLimits.DEPTH) {
      throw TemplateException.limit(
          "macros call each other more than %d deep", TemplateLimits.DEPTH);
    }
    macros++;
    Frame frame = new Frame(scope);
    scope = new Context(definition, null, null);
    return frame;
  }

  /** A variable's value; null where it is undefined, also by an inner scope. */
  @Nullable Object variable(String name) {
    for (Context c = scope; c != null; c = c.getParent()) {
      if (c.getScope().containsKey(name)) {
        return c.getScope().get(name);
      }
      if (c instanceof TemplateContext) {
        break; // above it is the library
      }
    }
    return null;
  }

  @Override
  public @Nullable Object retraceVariable(String name, int lineNumber, int startPosition) {
    return variable(name);
  }

  Clock clock() {
    return program.clock();
  }

  /** Counts one element of a loop or filter, or one piece of the template, and keeps the time. */
  void step() {
    if (++steps > TemplateLimits.STEPS) {
      throw TemplateException.limit("rendering took more than %,d steps", TemplateLimits.STEPS);
    }
    checkTime();
  }

  /** Keeps the time, within an expression too: each call may take as long as a text is. */
  void checkTime() {
    if (program.nanoTime().getAsLong() - deadline > 0) {
      throw TemplateException.limit(
          "rendering took more than %,d ms", program.limits().time().toMillis());
    }
    if (Thread.currentThread().isInterrupted()) {
      throw TemplateException.limit("rendering was interrupted");
    }
  }

  /** What the values of this rendering take. */
  RenderingMemory memory() {
    return memory;
  }

  void checkLength(long characters) {
    if (characters > program.limits().outputChars()) {
      throw TemplateException.limit(
          "%,d characters > %,d", characters, program.limits().outputChars());
    }
  }

  /**
   * Evaluates an expression. Jinjava's own way would wrap failures in messages that quote values,
   * and go on.
   */
  @Override
  public @Nullable Object resolveELExpression(String expression, int lineNumber) {
    setLineNumber(lineNumber);
    long begin = memory.begin();
    try {
      return expressions
          .createValueExpression(elContext, "#{" + expression.strip() + "}", Object.class)
          .getValue(elContext);
    } catch (TreeBuilderException e) {
      throw TemplateException.syntax("%s", e.getMessage());
    } catch (RuntimeException e) {
      TemplateException ours = TemplateException.in(e);
      throw ours != null
          ? ours
          : TemplateException.evaluation("an expression cannot be evaluated: its types do not fit");
    } finally {
      memory.end(begin);
    }
  }

  @Override
  public String getAsString(@Nullable Object value) {
    return Python.text(value);
  }

  @Override
  public void addError(@Nullable TemplateError error) {
    if (error == null) {
      return;
    }
    TemplateException ours = TemplateException.in(error.getException());
    throw ours != null ? ours : problem(error).at(program.source().originalLine(error.getLineno()));
  }

  /** What Jinjava found wrong with the tags, whose text is the template's own. */
  private TemplateException problem(TemplateError error) {
    ErrorReason reason = error.getReason();
    if (reason == ErrorReason.OUTPUT_TOO_BIG) {
      return TemplateException.limit(
          "the output has more than %,d characters", program.limits().outputChars());
    }
    if (reason == ErrorReason.SYNTAX_ERROR) {
      return TemplateException.syntax("%s", error.getMessage());
    }
    return TemplateException.evaluation("a tag cannot be rendered");
  }

  /**
   * The words of {@code raise_exception}, as far as they stand in the template and quote nobody.
   */
  TemplateException refusal(String message) {
    boolean constant = !message.isBlank() && program.original().contains(message);
    return TemplateException.because(
        TemplateException.Kind.REFUSED,
        constant ? message : "the template does not accept this conversation",
        null);
  }

  /** The original's line that is being rendered; 0 before the first. */
  int line() {
    return program.source().originalLine(getLineNumber());
  }
}
