package io.weft.gateway.masks;

import static java.util.Objects.requireNonNull;

import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.ItemNames;
import io.weft.gateway.backend.MaskFill;
import io.weft.gateway.backend.TokenIds;
import io.weft.gateway.backend.TokenizerClient;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The texts of candidates: each by itself, and in the place of its mask. */
final class FillTexts {
  private final TokenizerClient tokenizer;
  private final String model;
  private final ItemNames names;

  FillTexts(TokenizerClient tokenizer, String model, ItemNames names) {
    this.tokenizer = tokenizer;
    this.model = model;
    this.names = names;
  }

  /** For each input its masks, each with its candidates. */
  List<List<List<Fills.Fill>>> of(List<EncodedText> sequences, List<List<MaskFill>> found) {
    Map<Integer, String> tokens = tokens(found);
    Iterator<String> alone = filled(sequences, found, true).iterator();
    Iterator<String> beside = filled(sequences, found, false).iterator();
    List<List<List<Fills.Fill>>> data = new ArrayList<>(found.size());
    for (List<MaskFill> masks : found) {
      Iterator<String> texts = masks.size() == 1 ? alone : beside;
      data.add(masks.stream().map(mask -> fills(mask, tokens, texts)).toList());
    }
    return data;
  }

  private static List<Fills.Fill> fills(
      MaskFill mask, Map<Integer, String> tokens, Iterator<String> texts) {
    return mask.candidates().stream()
        .map(
            candidate ->
                new Fills.Fill(
                    candidate.score(),
                    candidate.id(),
                    requireNonNull(tokens.get(candidate.id())),
                    texts.next()))
        .toList();
  }

  /** The text of each different candidate. */
  private Map<Integer, String> tokens(List<List<MaskFill>> found) {
    Set<Integer> ids = new LinkedHashSet<>();
    found.forEach(
        masks -> masks.forEach(mask -> mask.candidates().forEach(token -> ids.add(token.id()))));
    Iterator<String> texts =
        tokenizer
            .decodeAll(model, ids.stream().map(id -> TokenIds.of(id)).toList(), false, names)
            .iterator();
    Map<Integer, String> tokens = new HashMap<>();
    ids.forEach(id -> tokens.put(id, texts.next()));
    return tokens;
  }

  /**
   * The whole texts, input by input, mask by mask.
   *
   * @param single those of inputs with one mask, without special tokens, else those of the others
   */
  private List<String> filled(
      List<EncodedText> sequences, List<List<MaskFill>> found, boolean single) {
    List<TokenIds> filled = new ArrayList<>();
    for (int i = 0; i < found.size(); i++) {
      if ((found.get(i).size() == 1) == single) {
        TokenIds ids = sequences.get(i).ids();
        for (MaskFill mask : found.get(i)) {
          mask.candidates().forEach(token -> filled.add(ids.with(mask.position(), token.id())));
        }
      }
    }
    return tokenizer.decodeAll(model, filled, single, names);
  }
}
