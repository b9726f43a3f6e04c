package io.weft.gateway.masks;

import io.weft.gateway.backend.EncodeOptions;
import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.ItemNames;
import io.weft.gateway.backend.TextPair;
import io.weft.gateway.backend.TokenIds;
import io.weft.gateway.backend.TokenizerClient;
import io.weft.gateway.input.TextInputs;
import io.weft.gateway.json.Invalid;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** The tokens that may be filled in. */
final class Targets {
  private Targets() {}

  /**
   * The ids of tokens as the vocabulary spells them; of what is no token, the first one that it is
   * encoded as, as transformers has it. Each once.
   */
  static List<Integer> ids(TokenizerClient tokenizer, String model, TextInputs targets) {
    List<OptionalInt> known = tokenizer.findTokens(model, targets.texts(), targets);
    List<Integer> unknown = new ArrayList<>();
    List<TextPair> words = new ArrayList<>();
    for (int i = 0; i < known.size(); i++) {
      if (known.get(i).isEmpty()) {
        unknown.add(i);
        words.add(TextPair.of(targets.texts().get(i)));
      }
    }
    Set<Integer> ids = new LinkedHashSet<>();
    known.stream().flatMapToInt(OptionalInt::stream).forEach(ids::add);
    if (!words.isEmpty()) {
      EncodeOptions plain = new EncodeOptions(false, EncodeOptions.Cut.NONE, false);
      ItemNames names = new UnknownNames(targets, unknown);
      List<EncodedText> encoded = tokenizer.encode(model, words, plain, names);
      for (int i = 0; i < encoded.size(); i++) {
        ids.add(first(encoded.get(i).ids(), names.name(i)));
      }
    }
    return List.copyOf(ids);
  }

  private static int first(TokenIds ids, String name) {
    if (ids.size() == 0) {
      throw Invalid.value(name, name + " is no token of the model and makes none");
    }
    return ids.first();
  }

  /** Names a word by its place among all targets. */
  private record UnknownNames(TextInputs targets, List<Integer> places) implements ItemNames {
    @Override
    public String param() {
      return targets.param();
    }

    @Override
    public String name(int index) {
      return targets.name(places.get(index));
    }
  }
}
