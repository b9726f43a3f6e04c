package io.weft.tokenizer.chat;

import com.hubspot.jinjava.el.ext.ExtendedScanner;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Lets templates use as names the words that only Java's expression language reserves. */
final class PythonScanner extends ExtendedScanner {
  private static final Set<String> NAMES =
      Set.of("empty", "null", "instanceof", "div", "mod", "eq", "ne", "lt", "le", "gt", "ge");

  PythonScanner(String input) {
    super(input);
  }

  @Override
  protected @Nullable Token keyword(String word) {
    return NAMES.contains(word) ? null : super.keyword(word);
  }
}
