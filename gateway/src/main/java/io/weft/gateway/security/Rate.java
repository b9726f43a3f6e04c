package io.weft.gateway.security;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import io.weft.runtime.error.WeftException;
import java.time.Duration;

/** What may be used a minute: a token bucket, full at first, refilled evenly. Thread-safe. */
interface Rate {
  Duration MINUTE = Duration.ofMinutes(1);

  /**
   * Takes some, if there are as many.
   *
   * @throws WeftException.Unavailable when it cannot be known how many there are
   */
  ConsumptionProbe take(long count);

  /**
   * Corrects what was taken by what was used. More than was taken is a debt. Does not wait, so any
   * thread may tell.
   */
  void settle(long taken, long used);

  /** How many there are, or were when it was last asked; below 0 in debt. Does not wait. */
  long available();

  /** Whether {@link #take} may wait for the network. */
  boolean waits();

  /** The bucket of so many a minute. */
  static BucketConfiguration configuration(long perMinute) {
    return BucketConfiguration.builder()
        .addLimit(limit -> limit.capacity(perMinute).refillGreedy(perMinute, MINUTE))
        .build();
  }

  /** Moves what was taken to what was used. */
  static void settle(Bucket bucket, long taken, long used) {
    if (used < taken) {
      bucket.addTokens(taken - used);
    } else if (used > taken) {
      bucket.consumeIgnoringRateLimits(used - taken);
    }
  }

  /** Counted in this process. */
  final class Local implements Rate {
    private final Bucket bucket;

    /**
     * @param clock tells the time to the bucket
     */
    Local(long perMinute, TimeMeter clock) {
      this.bucket =
          Bucket.builder()
              .addLimit(limit -> limit.capacity(perMinute).refillGreedy(perMinute, MINUTE))
              .withCustomTimePrecision(clock)
              .build();
    }

    @Override
    public ConsumptionProbe take(long count) {
      return bucket.tryConsumeAndReturnRemaining(count);
    }

    @Override
    public void settle(long taken, long used) {
      Rate.settle(bucket, taken, used);
    }

    @Override
    public long available() {
      return bucket.getAvailableTokens();
    }

    @Override
    public boolean waits() {
      return false;
    }
  }
}
