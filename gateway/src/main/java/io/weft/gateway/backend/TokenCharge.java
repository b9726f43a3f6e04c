package io.weft.gateway.backend;

import io.grpc.Context;
import io.weft.gateway.security.Caller;
import io.weft.gateway.security.Quota;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * What a generation takes of its caller's tokens a minute. Before it begins: its prompts, and what
 * it may generate as far as it says so ({@code max_tokens} for each sequence). Once it is over, in
 * whatever way: the rest is given back, or what came beyond is a debt. The tokens of sequences that
 * were cut off are counted by their events. Sequences that are generated but not returned, as of
 * {@code best_of} and of beams, count as many tokens as those that are.
 *
 * <p>The thread that serves the request counts; any thread may settle, and the first does.
 */
final class TokenCharge {
  private final Quota quota;
  private final long prompts;
  private final long taken;

  /** Sequences that are generated, and returned, for each prompt. */
  private final int made;

  private final int returned;

  /** Tokens of each sequence. */
  private final AtomicIntegerArray generated;

  private final AtomicBoolean settled = new AtomicBoolean();

  private TokenCharge(
      Quota quota, long prompts, long taken, int made, int returned, int sequences) {
    this.quota = quota;
    this.prompts = prompts;
    this.taken = taken;
    this.made = made;
    this.returned = returned;
    this.generated = new AtomicIntegerArray(sequences);
  }

  /**
   * Takes the tokens of a request from the caller whose work runs on this thread.
   *
   * @throws io.weft.runtime.error.WeftException.Overloaded when there are not that many left now
   * @throws io.weft.runtime.error.WeftException.InvalidRequest when there never are
   */
  static TokenCharge of(GenerationRequest request) {
    GenerationOptions options = request.options();
    Quota quota = Caller.currentQuota();
    long prompts = request.prompts().stream().mapToLong(TokenIds::size).sum();
    Integer most = options.stop().maxTokens();
    long taken = prompts;
    if (most != null) {
      taken += (long) most * options.generated() * request.prompts().size();
    }
    quota.take(taken);
    TokenCharge charge =
        new TokenCharge(
            quota,
            prompts,
            taken,
            options.generated(),
            options.n(),
            options.n() * request.prompts().size());
    Context.current().addListener(_ -> charge.settle(), Runnable::run);
    return charge;
  }

  /** Of nobody. */
  static TokenCharge none(int sequences) {
    return new TokenCharge(Caller.currentQuota(), 0, 0, 1, 1, sequences);
  }

  void count(GenerationEvent event) {
    switch (event) {
      case GenerationEvent.Accepted _ -> {}
      case GenerationEvent.Delta delta -> generated.addAndGet(delta.sequence(), delta.tokens());
      case GenerationEvent.Finished finished ->
          generated.set(finished.sequence(), finished.completionTokens());
    }
  }

  void settle() {
    if (settled.compareAndSet(false, true)) {
      long shown = 0;
      for (int i = 0; i < generated.length(); i++) {
        shown += generated.get(i);
      }
      quota.settle(taken, prompts + Math.ceilDiv(shown * made, returned));
    }
  }
}
