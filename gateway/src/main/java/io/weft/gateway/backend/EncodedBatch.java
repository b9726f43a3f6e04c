package io.weft.gateway.backend;

import io.weft.gateway.backend.ItemOutcome.Done;
import io.weft.gateway.backend.ItemOutcome.Failed;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Texts or pairs as sequences for an encoder, and those that cannot become one. Only the sequences
 * go on; what comes back is put beside the failures again.
 *
 * @param <S> what one item becomes: a sequence, or the windows over a passage
 */
public final class EncodedBatch<S> {
  private final List<ItemOutcome<S>> items;
  private final ToIntFunction<S> tokens;

  private EncodedBatch(List<ItemOutcome<S>> items, ToIntFunction<S> tokens) {
    this.items = items;
    this.tokens = tokens;
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

  /** The same as {@link #of(TokenizerClient, String, int, List, EncodeOptions, ItemNames)}. */
  public static EncodedBatch<EncodedText> of(
      TokenizerClient tokenizer,
      String model,
      int contextLength,
      List<TextPair> texts,
      EncodeOptions.Cut cut,
      ItemNames names) {
    return of(tokenizer, model, contextLength, texts, EncodeOptions.forModel(cut), names);
  }

  /**
   * Encodes texts, none of which may be empty or, unless it is cut, longer than the context.
   *
   * @param contextLength the model's, in tokens
   * @param names what the request calls each, for failures of all
   */
  public static EncodedBatch<EncodedText> of(
      TokenizerClient tokenizer,
      String model,
      int contextLength,
      List<TextPair> texts,
      EncodeOptions options,
      ItemNames names) {
    List<ItemOutcome<EncodedText>> encoded =
        tokenizer.encodeEach(model, whole(texts), options, names).stream()
            .map(item -> fitting(item, contextLength))
            .toList();
    return new EncodedBatch<>(beside(texts, encoded), sequence -> sequence.ids().size());
  }

  /**
   * Encodes pairs, none of whose texts may be empty, as windows over their second texts.
   *
   * @param options with windows
   * @param maxWindows most of one pair
   * @param names what the request calls each, for failures of all
   */
  public static EncodedBatch<List<EncodedText>> windows(
      TokenizerClient tokenizer,
      String model,
      List<TextPair> pairs,
      EncodeOptions options,
      int maxWindows,
      ItemNames names) {
    List<ItemOutcome<List<EncodedText>>> encoded =
        tokenizer.encodeWindows(model, whole(pairs), options, names).stream()
            .map(
                item ->
                    item instanceof Done<List<EncodedText>>(List<EncodedText> windows)
                            && windows.size() > maxWindows
                        ? Failed.<List<EncodedText>>invalid(
                            "OUT_OF_RANGE",
                            "%,d windows > %,d".formatted(windows.size(), maxWindows))
                        : item)
            .toList();
    return new EncodedBatch<>(beside(pairs, encoded), SequenceLength::total);
  }

  private static List<TextPair> whole(List<TextPair> texts) {
    return texts.stream().filter(text -> !isEmpty(text)).toList();
  }

  /** What became of the texts that are not empty, beside the failures of those that are. */
  private static <S> List<ItemOutcome<S>> beside(
      List<TextPair> texts, List<ItemOutcome<S>> encoded) {
    Iterator<ItemOutcome<S>> next = encoded.iterator();
    List<ItemOutcome<S>> items = new ArrayList<>(texts.size());
    for (TextPair text : texts) {
      items.add(
          isEmpty(text)
              ? Failed.invalid("OUT_OF_RANGE", "0 characters, at least 1 is needed")
              : next.next());
    }
    return items;
  }

  /** Those that can be served, in the order of the items. */
  public List<S> sequences() {
    List<S> sequences = new ArrayList<>(items.size());
    for (ItemOutcome<S> item : items) {
      if (item instanceof Done<S>(S sequence)) {
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
    int read = 0;
    for (ItemOutcome<S> item : items) {
      switch (item) {
        case Failed<S> failed -> outcomes.add(failed.cast());
        case Done<S>(S sequence) -> {
          ItemOutcome<T> outcome = next.next();
          outcomes.add(outcome);
          read += outcome instanceof Done<T> ? tokens.applyAsInt(sequence) : 0;
        }
      }
    }
    return new Answer<>(outcomes, read);
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
