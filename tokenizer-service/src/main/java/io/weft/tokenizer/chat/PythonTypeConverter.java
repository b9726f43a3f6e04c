package io.weft.tokenizer.chat;

import com.hubspot.jinjava.el.TruthyTypeConverter;
import org.jspecify.annotations.Nullable;

/** Turns values into conditions as Python does; Jinjava takes the text "false" for false. */
final class PythonTypeConverter extends TruthyTypeConverter {
  private static final long serialVersionUID = 1L;

  @Override
  protected Boolean coerceToBoolean(@Nullable Object value) {
    return Python.truth(value);
  }
}
