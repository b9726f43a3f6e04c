package io.weft.encoder.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

class CalibrationTest {
  private static final SequenceLimits LIMITS = new SequenceLimits(1_000, 256, 1);
  private static final List<Integer> BUDGETS = Calibration.BUDGETS;
  private static final long MS = 1_000_000;

  private final AtomicLong clock = new AtomicLong();
  private final List<Integer> places = Collections.synchronizedList(new ArrayList<>());

  /** An encoder whose runs take a time by the fake clock, given their tokens. */
  private Encoder taking(LongUnaryOperator ns) {
    return new Encoder() {
      @Override
      public PackedStates run(List<TokenSequence> batch) {
        int tokens = batch.stream().mapToInt(TokenSequence::length).sum();
        places.add(tokens);
        clock.addAndGet(ns.applyAsLong(tokens));
        return new PackedStates(FloatBuffer.allocate(tokens), null, 1, batch);
      }

      @Override
      public void close() {}
    };
  }

  @Test
  void takesTheSmallestBatchThatIsAboutAsFastAsTheBest() throws InterruptedException {
    // A fixed price of 1 ms a run: 64 tokens reach 88 % of the best rate, 128 reach 95 %.
    Encoder fixedPrice = taking(tokens -> MS + tokens * MS / 10);

    assertThat(choose(List.of(), fixedPrice, BUDGETS))
        .isEqualTo(new Calibration.Choice(128, false));
  }

  @Test
  void takesSmallBatchesWhereLargeOnesAreSlower() throws InterruptedException {
    Encoder outOfCache = taking(tokens -> tokens * tokens * MS / 100);

    assertThat(choose(List.of(), outOfCache, BUDGETS)).isEqualTo(new Calibration.Choice(64, false));
  }

  @Test
  void runsBatchesApartUnlessTogetherIsClearlyFaster() throws InterruptedException {
    assertThat(choose(List.of(taking(n -> n * MS)), taking(n -> n * MS), BUDGETS).apart()).isTrue();
    assertThat(choose(List.of(taking(n -> n * MS)), taking(n -> n * MS / 2), BUDGETS).apart())
        .isFalse();
    assertThat(choose(List.of(taking(n -> n * MS)), taking(n -> n * MS * 5 / 6), BUDGETS).apart())
        .isTrue();
  }

  @Test
  void aSingleLuckyTrialDecidesNothing() throws InterruptedException {
    AtomicLong runs = new AtomicLong();
    // Five times as fast in the first trial.
    Encoder lucky = taking(n -> runs.incrementAndGet() < 10 ? n * MS / 10 : n * MS);

    assertThat(choose(List.of(taking(n -> n * MS)), lucky, List.of(64)).apart()).isTrue();
  }

  @Test
  void stopsWhenTheTimeIsUp() throws InterruptedException {
    Encoder slow = taking(tokens -> Calibration.LIMIT_NS);

    assertThat(choose(List.of(slow), slow, BUDGETS).batchTokens()).isEqualTo(64);
    assertThat(places).containsExactly(64);
  }

  @Test
  void staysWithinTheModelsContext() throws InterruptedException {
    SequenceLimits brief = new SequenceLimits(10, 8, 1);
    Calibration.choose(List.of(), taking(n -> 100 * MS), brief, List.of(64), clock::get);

    assertThat(places).containsOnly(64);
  }

  @Test
  void aRunThatFailsIsTold() {
    Encoder broken =
        taking(
            tokens -> {
              throw new IllegalStateException("no kernel");
            });

    assertThatThrownBy(() -> choose(List.of(), broken, BUDGETS))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("no kernel");
  }

  private Calibration.Choice choose(List<Encoder> apart, Encoder joint, List<Integer> budgets)
      throws InterruptedException {
    return Calibration.choose(apart, joint, LIMITS, budgets, clock::get);
  }
}
