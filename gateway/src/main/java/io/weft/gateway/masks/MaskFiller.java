package io.weft.gateway.masks;

import io.weft.gateway.backend.EncodeOptions;
import io.weft.gateway.backend.EncodeOptions.Cut;
import io.weft.gateway.backend.EncodedBatch;
import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.EncoderClient;
import io.weft.gateway.backend.ItemNames;
import io.weft.gateway.backend.ItemOutcome;
import io.weft.gateway.backend.ItemOutcome.Done;
import io.weft.gateway.backend.ItemOutcome.Failed;
import io.weft.gateway.backend.MaskFill;
import io.weft.gateway.backend.TextPair;
import io.weft.gateway.backend.TokenizerClient;
import io.weft.gateway.input.TextInputs;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.models.Model;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Says what may stand in the place of masks; a text that cannot be read fails alone. */
@Singleton
public final class MaskFiller {
  /** Most texts of a request. */
  public static final int MAX_INPUTS = 256;

  /** Most candidates a mask. */
  public static final int MAX_TOP_K = 100;

  /** Most tokens and words that may be filled in. */
  public static final int MAX_TARGETS = 10_000;

  /** The default of transformers' FillMaskPipeline. */
  public static final int DEFAULT_TOP_K = 5;

  /** Each candidate is answered with the whole text that it makes. */
  private static final int MAX_FILLS = 10_000;

  /** Most tokens of all these texts: more than 16 MB of ids do not fit the heap. */
  private static final long MAX_FILLED_TOKENS = 4_194_304;

  private final TokenizerClient tokenizer;
  private final EncoderClient encoder;

  MaskFiller(TokenizerClient tokenizer, EncoderClient encoder) {
    this.tokenizer = tokenizer;
    this.encoder = encoder;
  }

  /**
   * What is wanted.
   *
   * @param topK candidates a mask, 1 to 100
   * @param targets what may be filled in, 1 to 10,000 tokens or words; null for the whole
   *     vocabulary
   * @param cut what happens to a text that is too long
   */
  public record Query(int topK, @Nullable TextInputs targets, Cut cut) {}

  /**
   * The masks of each text, in its order, with their candidates, likeliest first.
   *
   * @param names what the request calls each, for failures of all
   */
  public EncodedBatch.Answer<List<List<Fills.Fill>>> fills(
      Model model, List<TextPair> texts, Query query, ItemNames names) {
    TextInputs words = query.targets();
    List<Integer> targets = words == null ? List.of() : Targets.ids(tokenizer, model.name(), words);
    EncodedBatch<EncodedText> batch =
        EncodedBatch.of(
            tokenizer,
            model.name(),
            model.contextLength(),
            texts,
            EncodeOptions.forModel(query.cut()),
            names);
    List<EncodedText> sequences = batch.sequences();
    int topK = targets.isEmpty() ? query.topK() : Math.min(query.topK(), targets.size());
    checkFills(model.encoder().maskTokenId(), sequences, topK, names.param());
    return batch.answer(
        written(
            model,
            sequences,
            encoder.fillMask(model.name(), sequences, topK, targets, names),
            names));
  }

  /** With the texts of those that were served. */
  private List<ItemOutcome<List<List<Fills.Fill>>>> written(
      Model model,
      List<EncodedText> sequences,
      List<ItemOutcome<List<MaskFill>>> found,
      ItemNames names) {
    List<EncodedText> served = new ArrayList<>();
    List<List<MaskFill>> masks = new ArrayList<>();
    for (int i = 0; i < found.size(); i++) {
      switch (found.get(i)) {
        case Done<List<MaskFill>>(List<MaskFill> own) -> {
          served.add(sequences.get(i));
          masks.add(own);
        }
        case Failed<List<MaskFill>> _ -> {}
      }
    }
    Iterator<List<List<Fills.Fill>>> texts =
        new FillTexts(tokenizer, model.name(), names).of(served, masks).iterator();
    return found.stream().map(item -> item.map(_ -> texts.next())).toList();
  }

  /**
   * Refuses masks whose candidates, each with its whole text, would be too many or too long.
   *
   * @param param what the request calls its texts
   */
  static void checkFills(
      @Nullable Integer mask, List<EncodedText> sequences, int topK, String param) {
    long fills = 0;
    long tokens = 0;
    for (EncodedText sequence : sequences) {
      long own = mask == null ? 0 : sequence.ids().count(mask) * (long) topK;
      fills += own;
      tokens += own * sequence.ids().size();
    }
    if (fills > MAX_FILLS) {
      throw Invalid.range(
          "top_k",
          "%,d masks with %,d candidates each > %,d in all"
              .formatted(fills / topK, topK, MAX_FILLS));
    }
    if (tokens > MAX_FILLED_TOKENS) {
      throw Invalid.range(
          param,
          "%s: the texts of all candidates would have %,d tokens > %,d"
              .formatted(param, tokens, MAX_FILLED_TOKENS));
    }
  }
}
