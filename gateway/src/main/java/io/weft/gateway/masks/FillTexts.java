package io.weft.gateway.masks;

import static java.util.Objects.requireNonNull;

import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.MaskFill;
import io.weft.gateway.backend.TokenIds;
import io.weft.gateway.backend.TokenizerClient;
import io.weft.gateway.input.TextInputs;
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
  private final TextInputs inputs;

  FillTexts(TokenizerClient tokenizer, String model, TextInputs inputs) {
    this.tokenizer = tokenizer;
    this.model = model;
    this.inputs = inputs;
  }

  /** For each input its candidates, or a list of them for each of several masks. */
  List<List<?>> of(List<EncodedText> sequences, List<List<MaskFill>> found) {
    Map<Integer, String> tokens = tokens(found);
    Iterator<String> alone = filled(sequences, found, true).iterator();
    Iterator<String> beside = filled(sequences, found, false).iterator();
    List<List<?>> data = new ArrayList<>(found.size());
    for (List<MaskFill> masks : found) {
      Iterator<String> texts = masks.size() == 1 ? alone : beside;
      List<List<Fills.Fill>> fills =
          masks.stream().map(mask -> fills(mask, tokens, texts)).toList();
      data.add(masks.size() == 1 ? fills.getFirst() : fills);
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
            .decodeAll(model, ids.stream().map(id -> TokenIds.of(id)).toList(), false, inputs)
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
    return tokenizer.decodeAll(model, filled, single, inputs);
  }
}
