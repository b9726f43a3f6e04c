package io.weft.tokenizer.encode;

import io.weft.runtime.error.WeftException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jboss.logging.Logger;

/** Encodes the texts of one request on the {@link WorkPool}; each fails or succeeds alone. */
public final class BatchEncoder {
  private static final Logger LOG = Logger.getLogger(BatchEncoder.class);

  /**
   * Texts are handed over in pieces of about this size, 1 or 2 ms of work: what a single request
   * waits for beside a bulk job, and small enough that a hundred short texts use several threads.
   */
  private static final long PIECE_BYTES = 1 << 13;

  private static final int PIECE_TEXTS = 32;

  private final WorkPool pool;

  /** An encoder that works on the given threads. */
  public BatchEncoder(WorkPool pool) {
    this.pool = pool;
  }

  /** What became of one text. */
  public sealed interface Outcome {
    /** It was encoded. */
    record Encoded(EncodedText text) implements Outcome {}

    /** It was not. */
    record Failed(WeftException reason) implements Outcome {}
  }

  /**
   * What one request wants.
   *
   * @param items the texts
   * @param options what holds for all of them
   * @param reply the memory of the answer
   * @param cancelled whether the caller is gone
   */
  public record Batch(
      List<TextItem> items,
      EncodeOptions options,
      ReplyMemory.Reply reply,
      BooleanSupplier cancelled) {}

  /**
   * Encodes a batch.
   *
   * @param finish turns an outcome into what is kept of it; called on the pool's threads, so that
   *     the encodings of a large batch need not all be held in two forms
   * @return one result a text, in order
   * @throws WeftException when the request as a whole cannot go on
   */
  public <R> List<R> encode(TextEncoder encoder, Batch batch, Function<Outcome, R> finish) {
    List<WorkPool.Piece<List<R>>> pieces = new ArrayList<>();
    int start = 0;
    long bytes = 0;
    for (int i = 0; i < batch.items().size(); i++) {
      bytes += batch.items().get(i).bytes();
      boolean last = i + 1 == batch.items().size();
      if (last || bytes >= PIECE_BYTES || i + 1 - start == PIECE_TEXTS) {
        List<TextItem> part = batch.items().subList(start, i + 1);
        pieces.add(
            WorkPool.Piece.of(
                bytes,
                () ->
                    part.stream()
                        .map(item -> finish.apply(encode(encoder, item, batch)))
                        .toList()));
        start = i + 1;
        bytes = 0;
      }
    }
    return pool.run(pieces, batch.cancelled()).stream().flatMap(List::stream).toList();
  }

  private static Outcome encode(TextEncoder encoder, TextItem item, Batch batch) {
    long bytesPerToken = batch.options().bytesPerToken();
    try {
      return new Outcome.Encoded(
          encoder.encode(
              item,
              batch.options(),
              tokens -> batch.reply().accept(Math.multiplyExact(tokens, bytesPerToken))));
    } catch (WeftException.Overloaded e) {
      throw e;
    } catch (WeftException e) {
      return new Outcome.Failed(e);
    } catch (RuntimeException e) {
      // Without its message, which might quote the text.
      LOG.errorf("a text could not be encoded: %s", e.getClass().getName());
      return new Outcome.Failed(
          new WeftException.Internal(
              "the tokenizer failed (%s)".formatted(e.getClass().getSimpleName()), e));
    }
  }
}
