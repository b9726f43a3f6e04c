package io.weft.gateway.tei;

import io.weft.gateway.backend.EncodeOptions.Cut;
import io.weft.gateway.generation.GenerationFields;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import org.jspecify.annotations.Nullable;

/** What requests of several routes have in common. Used by the thread that reads the request. */
final class TeiFields {
  /** Most texts, pairs or sequences of one request. */
  static final int MAX_INPUTS = 2_048;

  private @Nullable String model;
  private boolean truncate;
  private Cut direction = Cut.END;

  /** Takes the value if it is of one of these fields, else passes over it. */
  void take(String name, JsonReader value) {
    switch (name) {
      case "model" -> model = GenerationFields.modelName(value);
      case "truncate" -> truncate = value.bool();
      case "truncation_direction" ->
          direction =
              switch (value.string()) {
                case "Left", "left" -> Cut.START;
                case "Right", "right" -> Cut.END;
                default ->
                    throw Invalid.value(
                        value.path(), value.path() + " must be one of: Left, Right");
              };
      case "prompt_name" ->
          throw Invalid.unsupported(
              value.path(), value.path() + " is not supported: put the prompt before the text");
      default -> value.skip();
    }
  }

  /** The model's name; null where the request leaves the choice to the server. */
  @Nullable String model() {
    return model;
  }

  /** What happens to a text that is too long. */
  Cut cut() {
    return truncate ? direction : Cut.NONE;
  }
}
