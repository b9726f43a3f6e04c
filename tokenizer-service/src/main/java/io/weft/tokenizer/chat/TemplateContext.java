package io.weft.tokenizer.chat;

import com.google.common.collect.SetMultimap;
import com.hubspot.jinjava.interpret.Context;
import java.util.Map;
import java.util.Set;

/**
 * The outermost scope of one rendering, on top of the library that all renderings share. What
 * Jinjava would report upwards (names seen, dependencies) stops here: the shared scope is never
 * written to.
 */
final class TemplateContext extends Context {
  TemplateContext(
      Context library, Map<String, Object> variables, Map<Library, Set<String>> disabled) {
    super(library, variables, disabled);
  }

  @Override
  public void addResolvedExpression(String expression) {}

  @Override
  public void addResolvedValue(String value) {}

  @Override
  public void addResolvedFunction(String function) {}

  @Override
  public void addDependencies(SetMultimap<String, String> dependencies) {}
}
