package io.weft.tokenizer.chat;

import com.hubspot.jinjava.el.ExtendedSyntaxBuilder;
import jinjava.de.odysseus.el.tree.impl.Parser;

/** Makes expressions be parsed by {@link PythonParser}; public because JUEL creates it by name. */
public final class PythonSyntax extends ExtendedSyntaxBuilder {
  private static final long serialVersionUID = 1L;

  /** For JUEL. */
  public PythonSyntax() {}

  /** For JUEL. */
  public PythonSyntax(Feature... features) {
    super(features);
  }

  @Override
  protected Parser createParser(String expression) {
    return new PythonParser(this, expression);
  }
}
