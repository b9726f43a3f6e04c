package io.weft.gateway.generation;

import io.weft.gateway.backend.BeamSearch;
import io.weft.gateway.backend.BeamSearch.EarlyStopping;
import io.weft.gateway.json.Bounds;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a request that ask for beam search, named as in transformers: {@code num_beams},
 * {@code length_penalty} and {@code early_stopping}. One beam is no beam search. Used by one thread
 * while a body is read.
 */
final class BeamFields {
  private @Nullable Integer numBeams;
  private @Nullable Float lengthPenalty;
  private @Nullable EarlyStopping earlyStopping;

  /** Takes the value of one field if it is one of these, else returns false. */
  boolean take(String name, JsonReader value) {
    switch (name) {
      case "num_beams" -> numBeams = value.integer(1, GenerationFields.MAX_N);
      case "length_penalty" -> lengthPenalty = value.number(Bounds.closed(-5, 5));
      case "early_stopping" -> earlyStopping = earlyStopping(value);
      case "use_beam_search" -> {
        if (value.bool()) {
          throw Invalid.unsupported(
              "use_beam_search", "use_beam_search is not supported, num_beams is");
        }
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  /**
   * The beam search asked for, if one was.
   *
   * @param n sequences to return
   */
  @Nullable BeamSearch beamSearch(int n) {
    if (numBeams == null || numBeams == 1) {
      unused("length_penalty", lengthPenalty);
      unused("early_stopping", earlyStopping);
      return null;
    }
    if (n > numBeams) {
      throw Invalid.range("n", "n is %,d > num_beams, %,d".formatted(n, numBeams));
    }
    return new BeamSearch(
        numBeams, lengthPenalty, earlyStopping == null ? EarlyStopping.LIKELY : earlyStopping);
  }

  private static EarlyStopping earlyStopping(JsonReader value) {
    if (value.isString()) {
      if (value.string().equals("never")) {
        return EarlyStopping.NEVER;
      }
      throw Invalid.value("early_stopping", "early_stopping must be true, false or 'never'");
    }
    return value.bool() ? EarlyStopping.FIRST : EarlyStopping.LIKELY;
  }

  private static void unused(String name, @Nullable Object value) {
    if (value != null) {
      throw Invalid.value(name, name + " needs num_beams of at least 2");
    }
  }
}
