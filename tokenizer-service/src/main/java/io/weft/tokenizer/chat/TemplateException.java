package io.weft.tokenizer.chat;

import com.google.errorprone.annotations.FormatMethod;
import org.jspecify.annotations.Nullable;

/**
 * A chat template cannot be read or applied. The message speaks of the template only: it never
 * contains text from the conversation.
 */
public final class TemplateException extends RuntimeException {
  /** Why the template failed. */
  public enum Kind {
    /** The template is not valid, or uses what is not supported. */
    SYNTAX,
    /** The template does not fit the conversation: a missing field, a wrong type. */
    EVALUATION,
    /** The template itself refused the conversation with {@code raise_exception}. */
    REFUSED,
    /** A bound on output, time, recursion or size was reached. */
    LIMIT
  }

  private final Kind kind;
  private final String problem;
  private final int line;

  private TemplateException(Kind kind, String problem, int line, @Nullable Throwable cause) {
    super(line > 0 ? "line %d: %s".formatted(line, problem) : problem, cause);
    this.kind = kind;
    this.problem = problem;
    this.line = line;
  }

  /** Why the template failed. */
  public Kind kind() {
    return kind;
  }

  /** The same, of the given line of the template; a line once known stays. */
  TemplateException at(int known) {
    return line > 0 || known <= 0 ? this : new TemplateException(kind, problem, known, getCause());
  }

  static TemplateException because(Kind kind, String problem, @Nullable Throwable cause) {
    return new TemplateException(kind, problem, 0, cause);
  }

  @FormatMethod
  static TemplateException evaluation(String format, @Nullable Object... arguments) {
    return because(Kind.EVALUATION, format.formatted(arguments), null);
  }

  @FormatMethod
  static TemplateException limit(String format, @Nullable Object... arguments) {
    return because(Kind.LIMIT, format.formatted(arguments), null);
  }

  @FormatMethod
  static TemplateException syntax(String format, @Nullable Object... arguments) {
    return because(Kind.SYNTAX, format.formatted(arguments), null);
  }

  /** The first failure of ours in a chain of causes, if there is one. */
  static @Nullable TemplateException in(@Nullable Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof TemplateException found) {
        return found;
      }
    }
    return null;
  }
}
