package io.weft.gateway.backend;

import io.weft.gateway.backend.ItemOutcome.Done;
import io.weft.gateway.backend.ItemOutcome.Failed;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Texts or pairs as sequences for an encoder, and those that cannot become one. Only the sequences
 * go on; what comes back is put beside the failures again.
 */
public final class EncodedBatch {
  private final List<ItemOutcome<EncodedText>> items;

  private EncodedBatch(List<ItemOutcome<EncodedText>> items) {
    this.items = items;
  }

  /**
   * What became of each item.
   *
   * @param outcomes in the order of the items
   * @param tokens of all sequences that were served
   */
  public record Answer<T>(List<ItemOutcome<T>> outcomes, int tokens) {
    public Answer {
      outcomes = List.copyOf(outcomes);
    }
  }

  /**
   * Encodes texts, none of which may be empty or, unless it is cut, longer than the context.
   *
   * @param contextLength the model's, in tokens
   * @param names what the request calls each, for failures of all
   */
  public static EncodedBatch of(
      TokenizerClient tokenizer,
      String model,
      int contextLength,
      List<TextPair> texts,
      EncodeOptions.Cut cut,
      ItemNames names) {
    Iterator<ItemOutcome<EncodedText>> encoded =
        tokenizer
            .encodeEach(
                model,
                texts.stream().filter(text -> !isEmpty(text)).toList(),
                EncodeOptions.forModel(cut),
                names)
            .iterator();
    List<ItemOutcome<EncodedText>> items = new ArrayList<>(texts.size());
    for (TextPair text : texts) {
      items.add(
          isEmpty(text)
              ? Failed.invalid("OUT_OF_RANGE", "0 characters, at least 1 is needed")
              : fitting(encoded.next(), contextLength));
    }
    return new EncodedBatch(items);
  }

  /** Those that can be served, in the order of the items. */
  public List<EncodedText> sequences() {
    List<EncodedText> sequences = new ArrayList<>(items.size());
    for (ItemOutcome<EncodedText> item : items) {
      if (item instanceof Done<EncodedText>(EncodedText sequence)) {
        sequences.add(sequence);
      }
    }
    return sequences;
  }

  /**
   * Every item's outcome.
   *
   * @param served what became of {@link #sequences}, in their order
   */
  public <T> Answer<T> answer(List<ItemOutcome<T>> served) {
    Iterator<ItemOutcome<T>> next = served.iterator();
    List<ItemOutcome<T>> outcomes = new ArrayList<>(items.size());
    int tokens = 0;
    for (ItemOutcome<EncodedText> item : items) {
      switch (item) {
        case Failed<EncodedText> failed -> outcomes.add(failed.cast());
        case Done<EncodedText>(EncodedText sequence) -> {
          ItemOutcome<T> outcome = next.next();
          outcomes.add(outcome);
          tokens += outcome instanceof Done<T> ? sequence.ids().size() : 0;
        }
      }
    }
    return new Answer<>(outcomes, tokens);
  }

  private static boolean isEmpty(TextPair text) {
    String pair = text.pair();
    return text.text().isEmpty() || (pair != null && pair.isEmpty());
  }

  private static ItemOutcome<EncodedText> fitting(
      ItemOutcome<EncodedText> item, int contextLength) {
    return item instanceof Done<EncodedText>(EncodedText sequence)
            && sequence.ids().size() > contextLength
        ? Failed.invalid(
            "CONTEXT_LENGTH_EXCEEDED",
            "%,d tokens > %,d, the model's context".formatted(sequence.ids().size(), contextLength))
        : item;
  }
}
