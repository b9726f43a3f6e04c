package io.weft.gateway.states;

import io.weft.gateway.backend.EncodeOptions.Cut;
import io.weft.gateway.generation.GenerationFields;
import io.weft.gateway.input.PairInputs;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A valid request for attentions.
 *
 * @param model as the client named it
 * @param inputs 1 to 16 texts or pairs
 * @param choice which layers and heads
 * @param cut what happens to a text that is too long
 */
record AttentionsRequest(String model, PairInputs inputs, StatesReader.Choice choice, Cut cut) {
  /** Reads a body. Fields that are not known are ignored. */
  static AttentionsRequest read(InputStream body) {
    Fields fields = new Fields();
    JsonReader.readBody(body, fields::take);
    return fields.request();
  }

  /**
   * The places that {@code chosen} names among {@code size}, in its order.
   *
   * @param param the field's name
   */
  static List<Integer> places(String param, List<Integer> chosen, int size) {
    if (chosen.isEmpty()) {
      return IntStream.range(0, size).boxed().toList();
    }
    List<Integer> places = new ArrayList<>(chosen.size());
    for (int index : chosen) {
      String name = "%s[%d]".formatted(param, places.size());
      if (index < -size || index >= size) {
        throw Invalid.range(
            name,
            "%s is %,d, it must be between %,d and %,d".formatted(name, index, -size, size - 1));
      }
      int place = index < 0 ? index + size : index;
      if (places.contains(place)) {
        throw Invalid.value(name, "%s is %,d, which is there already".formatted(name, index));
      }
      places.add(place);
    }
    return places;
  }

  private static final class Fields {
    private @Nullable String model;
    private @Nullable PairInputs inputs;
    private List<Integer> layers = List.of();
    private List<Integer> heads = List.of();
    private Cut cut = Cut.NONE;

    private void take(String name, JsonReader value) {
      switch (name) {
        case "model" -> model = GenerationFields.modelName(value);
        case "input" -> inputs = PairInputs.read(value, StatesReader.MAX_ATTENTIONS);
        case "layers" -> layers = indexes(value);
        case "heads" -> heads = indexes(value);
        case "truncate" -> cut = value.bool() ? Cut.END : Cut.NONE;
        default -> value.skip();
      }
    }

    private static List<Integer> indexes(JsonReader value) {
      String param = value.path();
      List<Integer> indexes =
          value.list(
              StatesReader.MAX_INDEXES,
              () -> value.integer(-StatesReader.MAX_INDEXES, StatesReader.MAX_INDEXES - 1));
      if (indexes.isEmpty()) {
        throw Invalid.range(param, param + " has 0 entries, at least 1 is needed");
      }
      return indexes;
    }

    private AttentionsRequest request() {
      if (model == null) {
        throw Invalid.missing("model");
      }
      if (inputs == null) {
        throw Invalid.missing("input");
      }
      return new AttentionsRequest(model, inputs, new StatesReader.Choice(layers, heads), cut);
    }
  }
}
