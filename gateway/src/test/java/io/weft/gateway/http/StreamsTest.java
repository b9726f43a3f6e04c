package io.weft.gateway.http;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.gateway.Http;
import io.weft.gateway.fake.FakeGenerator;
import io.weft.gateway.fake.Fakes;
import io.weft.proto.generator.v1.FinishReason;
import io.weft.proto.generator.v1.Finished;
import io.weft.proto.generator.v1.GenerateResponse;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Several streams at once, and what one may do to another: nothing. */
@QuarkusTest
class StreamsTest {
  private static final String CHAT = "/v1/chat/completions";

  @TestHTTPResource URI base;

  @BeforeEach
  void reset() {
    Fakes.reset(base);
  }

  @Test
  void eventsArriveWhenTheyAreMade() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    FakeGenerator.script =
        (request, call) -> {
          call.onNext(FakeGenerator.accepted(request));
          call.onNext(FakeGenerator.delta(0, "early"));
          goOn.await();
          call.onNext(FakeGenerator.finished(0, FinishReason.FINISH_REASON_STOP, 1));
          call.onCompleted();
        };
    try (RawConnection client = new RawConnection(base)) {
      client.post(CHAT, chat(1));
      assertThat(client.until("early")).contains("\"role\":\"assistant\"");
      assertThat(Metrics.openStreams()).isEqualTo(1);
      goOn.countDown();
      assertThat(client.until("[DONE]\n\n")).contains("\"finish_reason\":\"stop\"");
      assertThat(client.until("0\r\n\r\n")).isNotEmpty();

      client.post(CHAT, chat(2));
      assertThat(client.until("[DONE]\n\n")).as("on the same connection").contains("early");
    }
    Http.await("no open stream", () -> Metrics.openStreams() == 0);
    assertThat(Metrics.timed("weft.gateway.time.to.first.token", "model", "smol")).isPositive();
  }

  /** As where all of it could have been the beginning of a stop string. */
  @Test
  void textThatComesWithTheEndIsFirstTextToo() {
    FakeGenerator.script =
        (request, call) -> {
          call.onNext(FakeGenerator.accepted(request));
          call.onNext(FakeGenerator.delta(0, ""));
          call.onNext(
              GenerateResponse.newBuilder()
                  .setFinished(
                      Finished.newBuilder()
                          .setReason(FinishReason.FINISH_REASON_LENGTH)
                          .setText("late"))
                  .build());
          call.onCompleted();
        };
    long before = Metrics.timed("weft.gateway.time.to.first.token", "model", "smol");

    Http.post(base, CHAT, chat(1));

    assertThat(Metrics.timed("weft.gateway.time.to.first.token", "model", "smol"))
        .isEqualTo(before + 1);
  }

  @Test
  void headersWaitForTheQueue() throws Exception {
    CountDownLatch accept = new CountDownLatch(1);
    FakeGenerator.script =
        (request, call) -> {
          accept.await();
          FakeGenerator.say("now").run(request, call);
        };
    try (RawConnection client = new RawConnection(base)) {
      client.post(CHAT, chat(1));
      Http.await("the generator", () -> FakeGenerator.REQUESTS.size() == 1);
      assertThat(Metrics.openStreams()).isEqualTo(0);
      accept.countDown();
      assertThat(client.until("[DONE]\n\n")).startsWith("HTTP/1.1 200 OK").contains("now");
    }
  }

  @Test
  void manyAtOnceStayApart() throws Exception {
    FakeGenerator.script =
        (request, call) -> {
          call.onNext(FakeGenerator.accepted(request));
          for (int i = 0; i < 50; i++) {
            call.onNext(FakeGenerator.delta(0, "<" + request.getPromptIdsCount() + ">"));
            Thread.sleep(1);
          }
          call.onNext(FakeGenerator.finished(0, FinishReason.FINISH_REASON_LENGTH, 50));
          call.onCompleted();
        };
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> answers = new ArrayList<>();
      for (int i = 1; i <= 40; i++) {
        String request = chat(i);
        answers.add(clients.submit(() -> Http.post(base, CHAT, request).body()));
      }
      for (int i = 1; i <= 40; i++) {
        List<String> events = Http.events(answers.get(i - 1).get(20, TimeUnit.SECONDS));
        String piece = "\"content\":\"<" + i + ">\"";
        assertThat(events).hasSize(53).endsWith("[DONE]");
        assertThat(events.subList(1, 51)).allMatch(event -> event.contains(piece));
      }
    }
  }

  @Test
  void aSlowReaderHoldsUpItselfOnly() throws Exception {
    AtomicInteger sent = new AtomicInteger();
    String long1 = "a".repeat(8_000);
    FakeGenerator.script =
        (request, call) -> {
          call.onNext(FakeGenerator.accepted(request));
          boolean slow = request.getPromptIdsCount() == 1;
          for (int i = 0; i < (slow ? 5_000 : 20); i++) {
            while (slow && !call.isReady() && !call.isCancelled()) {
              Thread.sleep(1);
            }
            call.onNext(FakeGenerator.delta(0, slow ? long1 : "quick"));
            if (slow) {
              sent.incrementAndGet();
            }
          }
          call.onNext(FakeGenerator.finished(0, FinishReason.FINISH_REASON_STOP, 20));
          call.onCompleted();
        };
    try (RawConnection slow = new RawConnection(base, 4_096)) {
      slow.post(CHAT, chat(1));
      slow.until("aaaa");
      Http.await("the slow stream to stand still", () -> standsStill(sent));
      assertThat(sent.get()).isLessThan(2_500);

      for (int i = 0; i < 5; i++) {
        assertThat(Http.events(Http.post(base, CHAT, chat(2)).body())).hasSize(23);
      }
      int before = sent.get();
      assertThat(standsStill(sent)).isTrue();

      slow.until("[DONE]\n\n");
      assertThat(sent.get()).isEqualTo(5_000).isGreaterThan(before);
    }
  }

  private static boolean standsStill(AtomicInteger counter) {
    int before = counter.get();
    try {
      Thread.sleep(300);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return counter.get() == before;
  }

  private static String chat(int words) {
    return body(
        "{'model':'smol','stream':true,'messages':[{'role':'user','content':'%s'}]}"
            .formatted("w ".repeat(words).trim()));
  }
}
