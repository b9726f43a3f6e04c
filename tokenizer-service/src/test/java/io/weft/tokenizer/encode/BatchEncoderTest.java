package io.weft.tokenizer.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.weft.runtime.error.WeftException;
import io.weft.tokenizer.Goldens;
import io.weft.tokenizer.encode.BatchEncoder.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class BatchEncoderTest {
  private static NativeTokenizer tokenizer;

  @BeforeAll
  static void open() {
    tokenizer = NativeTokenizer.open(Goldens.tokenizer("smollm"));
  }

  @AfterAll
  static void close() {
    tokenizer.close();
  }

  @Test
  void everyTextOfABatchIsEncodedAsAlone() {
    Random random = new Random(3);
    List<TextItem> items = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      items.add(new TextItem("the dog é 😀 ".repeat(random.nextInt(40)) + i, null));
    }
    items.add(1_000, new TextItem("x".repeat(300_000), "pair"));
    TextEncoder encoder = new TextEncoder(tokenizer, 64);
    try (WorkPool pool = new WorkPool(2)) {
      List<Outcome> outcomes = encode(pool, encoder, items, EncodeOptions.PLAIN, 1 << 30);

      assertThat(outcomes).hasSize(items.size());
      for (int i = 0; i < items.size(); i++) {
        assertThat(((Outcome.Encoded) outcomes.get(i)).text().tokens().ids())
            .isEqualTo(encoder.encode(items.get(i), EncodeOptions.PLAIN, t -> {}).tokens().ids());
      }
    }
  }

  /** 10,000 texts and one: the one is done after a hundred of them at most. */
  @Test
  void aSingleTextDoesNotWaitForABulkJob() throws Exception {
    List<TextItem> bulk = Collections.nCopies(10_000, new TextItem("the lazy dog", null));
    TextEncoder encoder = new TextEncoder(tokenizer, 64);
    AtomicInteger done = new AtomicInteger();
    AtomicInteger before = new AtomicInteger();
    CountDownLatch bulkRuns = new CountDownLatch(1);
    CountDownLatch singleIsQueued = new CountDownLatch(1);
    try (WorkPool pool = new WorkPool(1)) {
      Thread bulkRequest =
          Thread.ofVirtual()
              .start(
                  () ->
                      encode(
                          pool,
                          encoder,
                          bulk,
                          outcome -> {
                            bulkRuns.countDown();
                            await(singleIsQueued);
                            return done.incrementAndGet();
                          }));
      bulkRuns.await();
      Thread single =
          Thread.ofVirtual()
              .start(
                  () ->
                      encode(
                          pool,
                          encoder,
                          bulk.subList(0, 1),
                          outcome -> {
                            before.set(done.get());
                            return 0;
                          }));
      while (single.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
      singleIsQueued.countDown();
      single.join();
      bulkRequest.join();
    }
    assertThat(before).hasValueLessThanOrEqualTo(100);
    assertThat(done).hasValue(10_000);
  }

  @Test
  void aBadTextFailsAlone() {
    try (WorkPool pool = new WorkPool(2)) {
      List<Outcome> outcomes =
          encode(
              pool,
              new TextEncoder(tokenizer, 64),
              List.of(
                  new TextItem("fine", null),
                  new TextItem("x".repeat((1 << 20) + 1), null),
                  new TextItem("", null)),
              EncodeOptions.PLAIN,
              1_000_000);

      assertThat(outcomes.get(0)).isInstanceOf(Outcome.Encoded.class);
      assertThat(outcomes.get(1))
          .isInstanceOfSatisfying(
              Outcome.Failed.class,
              failed -> assertThat(failed.reason().reason()).isEqualTo("TEXT_TOO_LONG"));
      assertThat(((Outcome.Encoded) outcomes.get(2)).text().tokens().length()).isZero();
    }
  }

  @Test
  void textsPastTheReplysLimitFailAlone() {
    try (WorkPool pool = new WorkPool(1)) {
      List<Outcome> outcomes =
          encode(
              pool,
              new TextEncoder(tokenizer, 64),
              List.of(
                  new TextItem("a", null), new TextItem("123456", null), new TextItem("b", null)),
              EncodeOptions.PLAIN,
              16 * 4);

      assertThat(outcomes.get(0)).isInstanceOf(Outcome.Encoded.class);
      assertThat(((Outcome.Failed) outcomes.get(1)).reason())
          .isInstanceOf(WeftException.InvalidRequest.class)
          .hasMessage("96 more bytes would take the reply past 64");
      assertThat(outcomes.get(2)).isInstanceOf(Outcome.Encoded.class);
    }
  }

  @Test
  void countsTakeNoRoom() {
    TokenFields counts = new TokenFields(false, false, false, true);
    try (WorkPool pool = new WorkPool(1)) {
      List<Outcome> outcomes =
          encode(
              pool,
              new TextEncoder(tokenizer, 64),
              List.of(new TextItem("12345", null)),
              new EncodeOptions(true, null, counts, false),
              1);

      assertThat(((Outcome.Encoded) outcomes.getFirst()).text().tokens().length()).isEqualTo(5);
    }
  }

  @Test
  void countsOfManyWindowsTakeRoom() {
    TokenFields counts = new TokenFields(false, false, false, true);
    Truncation windows =
        new Truncation(Truncation.Strategy.LONGEST_FIRST, 2, Truncation.Side.RIGHT, 0, true);
    try (WorkPool pool = new WorkPool(1)) {
      Outcome outcome =
          encode(
                  pool,
                  new TextEncoder(tokenizer, 64),
                  List.of(new TextItem("1".repeat(50_000), "1".repeat(50_000))),
                  new EncodeOptions(true, windows, counts, false),
                  64 << 20)
              .getFirst();

      assertThat(((Outcome.Failed) outcome).reason().reason()).isEqualTo("REPLY_TOO_LARGE");
    }
  }

  @Test
  void aRequestFailsAsAWholeWhenOthersTakeUpTheRoom() {
    ReplyMemory memory = new ReplyMemory(16 * 8, Duration.ofSeconds(2));
    try (WorkPool pool = new WorkPool(1);
        ReplyMemory.Reply other = memory.begin("inputs")) {
      other.accept(16 * 4);
      ReplyMemory.Reply reply = memory.begin("inputs");
      BatchEncoder.Batch batch =
          new BatchEncoder.Batch(
              List.of(new TextItem("123", null), new TextItem("123", null)),
              EncodeOptions.PLAIN,
              reply,
              () -> false);

      assertThatExceptionOfType(WeftException.Overloaded.class)
          .isThrownBy(
              () ->
                  new BatchEncoder(pool)
                      .encode(new TextEncoder(tokenizer, 64), batch, outcome -> outcome))
          .withMessage("48 more bytes would take all replies past 128")
          .satisfies(e -> assertThat(e.retryAfter()).isEqualTo(Duration.ofSeconds(2)));
      assertThat(memory.held()).isEqualTo(16 * 7);
      reply.close();
      assertThat(memory.held()).isEqualTo(16 * 4);
    }
    assertThat(memory.held()).isZero();
  }

  private static <R> List<R> encode(
      WorkPool pool, TextEncoder encoder, List<TextItem> items, Function<Outcome, R> finish) {
    try (ReplyMemory.Reply reply =
        new ReplyMemory(1 << 30, Duration.ofSeconds(1)).begin("inputs")) {
      return new BatchEncoder(pool)
          .encode(
              encoder,
              new BatchEncoder.Batch(items, EncodeOptions.PLAIN, reply, () -> false),
              finish);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Outcome> encode(
      WorkPool pool,
      TextEncoder encoder,
      List<TextItem> items,
      EncodeOptions options,
      long replyBytes) {
    try (ReplyMemory.Reply reply =
        new ReplyMemory(replyBytes, Duration.ofSeconds(1)).begin("inputs")) {
      return new BatchEncoder(pool)
          .encode(
              encoder,
              new BatchEncoder.Batch(items, options, reply, () -> false),
              outcome -> outcome);
    }
  }
}
