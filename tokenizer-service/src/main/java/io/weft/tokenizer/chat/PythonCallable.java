package io.weft.tokenizer.chat;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A value that a template can call: a function, a macro, a method of a value. */
interface PythonCallable {
  /** Calls it; named arguments are {@code NamedParameter}s. */
  @Nullable Object call(List<@Nullable Object> arguments);
}
