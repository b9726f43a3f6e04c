package io.weft.generator.sampling;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * How likely a token and its rivals were, by the model alone: before biases, temperature and
 * filters.
 *
 * @param token the chosen one
 * @param top the likeliest at this position, likeliest first
 * @param omittedBytes how many of the first bytes that the chosen one spells are not in the text
 */
public record TokenLogprob(Entry token, List<Entry> top, int omittedBytes) {
  public TokenLogprob {
    top = List.copyOf(top);
  }

  /** Of a token that is in the text with all that it spells. */
  public TokenLogprob(Entry token, List<Entry> top) {
    this(token, top, 0);
  }

  /** The same of a token that lacks its first bytes in the text. */
  public TokenLogprob omitting(int bytes) {
    return bytes == 0 ? this : new TokenLogprob(token, top, bytes);
  }

  /**
   * One token.
   *
   * @param logprob natural logarithm of its probability
   */
  public record Entry(int id, float logprob) {}

  /**
   * Looks up a token in a row that was scanned as the model gave it.
   *
   * @param count how many of the likeliest to list
   */
  public static TokenLogprob of(Logits row, int token, int count) {
    double logSum = row.logSum();
    Entry chosen = entry(row, token, logSum);
    if (count == 0) {
      return new TokenLogprob(chosen, List.of());
    }
    int[] ids = row.idsFrom(row.kthLargest(Math.min(count, row.size())));
    return new TokenLogprob(
        chosen,
        Arrays.stream(ids)
            .boxed()
            .sorted(Comparator.comparingDouble(row::value).reversed())
            .limit(count)
            .map(id -> entry(row, id, logSum))
            .toList());
  }

  private static Entry entry(Logits row, int id, double logSum) {
    return new Entry(id, (float) (row.value(id) - logSum));
  }
}
