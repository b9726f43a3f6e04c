package io.weft.tokenizer.chat;

/**
 * Python's {@code None}, which Jinja tells apart from an undefined variable; Jinjava has only
 * {@code null}, which stays what is undefined.
 */
final class PythonNone {
  static final PythonNone NONE = new PythonNone();

  private PythonNone() {}

  @Override
  public String toString() {
    return "None";
  }
}
