package io.weft.tokenizer.encode;

import io.weft.runtime.error.WeftException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Cuts an encoding into windows. The rules are those of Hugging Face's tokenizers library, applied
 * to the finished encoding: special tokens stay where they are, and of each text a range of its
 * tokens is kept. That the library cuts before it adds special tokens makes no difference to any
 * id. Each text is one run of tokens: {@code VocabularyReader} admits no other templates.
 *
 * <p>One difference remains, in offsets: a tokenizer that counts the space before a word into the
 * word (RoBERTa's {@code add_prefix_space}) does so here for the first token of the text only, not
 * for the first token of every window.
 */
final class Windows {
  /** What a window costs beside its tokens, in tokens. */
  private static final int WINDOW_OVERHEAD = 16;

  private final Tokens full;
  private final Truncation truncation;
  private final int limit;
  private final List<Segment> segments;
  private final int first;
  private final int second;
  private final int room;

  private Windows(Tokens full, Truncation truncation, int limit) {
    this.full = full;
    this.truncation = truncation;
    this.limit = limit;
    this.segments = segments(full);
    this.first = count(0);
    this.second = count(1);
    this.room = limit - (full.length() - first - second);
  }

  /** A run of tokens of one text, or of special tokens (sequence -1). */
  private record Segment(int sequence, int start, int length) {}

  private static List<Segment> segments(Tokens full) {
    List<Segment> segments = new ArrayList<>();
    int start = 0;
    for (int i = 1; i <= full.length(); i++) {
      int sequence = full.sequences()[start];
      if (i == full.length() || full.sequences()[i] != sequence) {
        segments.add(new Segment(sequence, start, i - start));
        start = i;
      }
    }
    return segments;
  }

  private int count(int sequence) {
    return segments.stream()
        .filter(segment -> segment.sequence() == sequence)
        .mapToInt(Segment::length)
        .sum();
  }

  /**
   * The windows, the main one first; without overflow there is only that one.
   *
   * @param limit longest window in tokens, special tokens included
   * @param budget is told how many tokens all windows have together, before any is made; may throw
   * @throws WeftException.InvalidRequest when the sequence cannot be brought below the limit
   */
  static List<Tokens> of(Tokens full, Truncation truncation, int limit, LongConsumer budget) {
    return new Windows(full, truncation, limit).cut(budget);
  }

  private List<Tokens> cut(LongConsumer budget) {
    if (full.length() <= limit) {
      budget.accept(full.length());
      return List.of(full);
    }
    if (truncation.strategy() == Truncation.Strategy.NONE) {
      throw new WeftException.InvalidRequest(
          "CONTEXT_LENGTH_EXCEEDED", "%,d tokens > %,d".formatted(full.length(), limit), "inputs");
    }
    Kept kept = keep();
    List<Range> ofFirst = ranges(first, kept.first());
    List<Range> ofSecond = ranges(second, kept.second());
    budget.accept(size(ofFirst, ofSecond));
    List<Tokens> windows = new ArrayList<>(ofFirst.size() * ofSecond.size());
    windows.add(window(ofFirst.getFirst(), ofSecond.getFirst()));
    for (Range a : ofFirst.subList(1, ofFirst.size())) {
      ofSecond.forEach(b -> windows.add(window(a, b)));
    }
    for (Range b : ofSecond.subList(1, ofSecond.size())) {
      windows.add(window(ofFirst.getFirst(), b));
    }
    return windows;
  }

  /** Tokens of all windows: each range of one text is paired with each of the other. */
  private long size(List<Range> ofFirst, List<Range> ofSecond) {
    long windows = (long) ofFirst.size() * ofSecond.size();
    return windows * (WINDOW_OVERHEAD + limit - room)
        + ofSecond.size() * ofFirst.stream().mapToLong(Range::length).sum()
        + ofFirst.size() * ofSecond.stream().mapToLong(Range::length).sum();
  }

  /** Tokens kept of each text. */
  private record Kept(int first, int second) {}

  private Kept keep() {
    int excess = first + second - room;
    Kept kept =
        switch (truncation.strategy()) {
          case LONGEST_FIRST -> second == 0 ? new Kept(room, 0) : longestFirst();
          case ONLY_FIRST -> new Kept(first - excess, second);
          case ONLY_SECOND -> new Kept(first, second - excess);
          case NONE -> throw new IllegalStateException("nothing is cut");
        };
    boolean tooShort =
        (kept.first() < first && kept.first() < 1) || (kept.second() < second && kept.second() < 1);
    if (tooShort || room < 1) {
      throw new WeftException.InvalidRequest(
          "TRUNCATION_IMPOSSIBLE",
          "texts of %,d and %,d tokens with %,d special tokens cannot be cut to %,d by %s"
              .formatted(first, second, limit - room, limit, truncation.strategy()),
          "truncation");
    }
    return kept;
  }

  /** The shorter text stays whole if it can; else both get half, the longer one the odd token. */
  private Kept longestFirst() {
    int shorter = Math.min(first, second);
    int longer = shorter > room ? shorter : Math.max(shorter, room - shorter);
    if (shorter + longer > room) {
      shorter = room / 2;
      longer = shorter + room % 2;
    }
    return first > second ? new Kept(longer, shorter) : new Kept(shorter, longer);
  }

  /** A half-open range of one text's tokens. */
  private record Range(int start, int end) {
    int length() {
      return end - start;
    }
  }

  private List<Range> ranges(int length, int kept) {
    if (kept >= length) {
      return List.of(new Range(0, length));
    }
    int step = kept - truncation.stride();
    if (truncation.overflow() && step < 1) {
      throw new WeftException.InvalidRequest(
          "STRIDE_OUT_OF_RANGE",
          "stride %,d >= %,d, the tokens of the text that one window holds"
              .formatted(truncation.stride(), kept),
          "truncation");
    }
    List<Range> ranges = new ArrayList<>();
    boolean left = truncation.side() == Truncation.Side.LEFT;
    for (int done = 0; ; done += step) {
      Range range =
          left
              ? new Range(Math.max(0, length - done - kept), length - done)
              : new Range(done, Math.min(length, done + kept));
      ranges.add(range);
      if (!truncation.overflow() || (left ? range.start() == 0 : range.end() == length)) {
        return ranges;
      }
    }
  }

  private Tokens window(Range ofFirst, Range ofSecond) {
    int[] places = new int[limit - room + ofFirst.length() + ofSecond.length()];
    int size = 0;
    for (Segment segment : segments) {
      Range range =
          switch (segment.sequence()) {
            case 0 -> ofFirst;
            case 1 -> ofSecond;
            default -> new Range(0, segment.length());
          };
      for (int i = range.start(); i < range.end(); i++) {
        places[size++] = segment.start() + i;
      }
    }
    return full.select(places);
  }
}
