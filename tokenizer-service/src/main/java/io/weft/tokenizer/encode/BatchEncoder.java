package io.weft.tokenizer.encode;

import io.weft.runtime.error.WeftException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/** Encodes the texts of one request on the {@link WorkPool}; each fails or succeeds alone. */
public final class BatchEncoder {
  /** Texts are handed over in pieces of about this size, some 10 ms of work. */
  private static final long PIECE_BYTES = 1 << 16;

  private static final int PIECE_TEXTS = 256;

  private final WorkPool pool;
  private final long maxReplyBytes;

  /**
   * @param maxReplyBytes most bytes of one reply, at least 1
   */
  public BatchEncoder(WorkPool pool, long maxReplyBytes) {
    this.pool = pool;
    this.maxReplyBytes = maxReplyBytes;
  }

  /** What became of one text. */
  public sealed interface Outcome {
    /** It was encoded. */
    record Encoded(EncodedText text) implements Outcome {}

    /** It was not. */
    record Failed(WeftException reason) implements Outcome {}
  }

  /**
   * Encodes texts.
   *
   * @param cancelled whether the caller is gone
   * @return one outcome a text, in order
   * @throws WeftException when the request as a whole cannot go on
   */
  public List<Outcome> encode(
      TextEncoder encoder, List<TextItem> items, EncodeOptions options, BooleanSupplier cancelled) {
    Budget budget = new Budget(maxReplyBytes, options.bytesPerToken());
    List<WorkPool.Piece<List<Outcome>>> pieces = new ArrayList<>();
    int start = 0;
    long bytes = 0;
    for (int i = 0; i < items.size(); i++) {
      bytes += items.get(i).bytes();
      if (bytes >= PIECE_BYTES || i + 1 - start == PIECE_TEXTS || i + 1 == items.size()) {
        List<TextItem> part = items.subList(start, i + 1);
        pieces.add(
            new WorkPool.Piece<>(
                () -> part.stream().map(item -> encode(encoder, item, options, budget)).toList(),
                bytes > 2 * PIECE_BYTES));
        start = i + 1;
        bytes = 0;
      }
    }
    return pool.run(pieces, cancelled).stream().flatMap(List::stream).toList();
  }

  private static Outcome encode(
      TextEncoder encoder, TextItem item, EncodeOptions options, LongConsumer budget) {
    try {
      return new Outcome.Encoded(encoder.encode(item, options, budget));
    } catch (WeftException e) {
      return new Outcome.Failed(e);
    } catch (RuntimeException e) {
      return new Outcome.Failed(
          new WeftException.Internal(
              "the tokenizer failed (%s)".formatted(e.getClass().getSimpleName()), e));
    }
  }

  /** What the reply may still grow by; shared by the pieces of one request. */
  private static final class Budget implements LongConsumer {
    private final long limit;
    private final long bytesPerToken;
    private final AtomicLong left;

    Budget(long limit, long bytesPerToken) {
      this.limit = limit;
      this.bytesPerToken = bytesPerToken;
      this.left = new AtomicLong(limit);
    }

    @Override
    public void accept(long tokens) {
      long bytes = Math.multiplyExact(tokens, bytesPerToken);
      if (left.getAndUpdate(before -> before >= bytes ? before - bytes : before) < bytes) {
        throw new WeftException.InvalidRequest(
            "REPLY_TOO_LARGE",
            "%,d tokens would take the reply past %,d bytes".formatted(tokens, limit),
            "inputs");
      }
    }
  }
}
