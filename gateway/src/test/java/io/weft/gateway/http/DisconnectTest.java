package io.weft.gateway.http;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.gateway.Http;
import io.weft.gateway.LogRecorder;
import io.weft.gateway.fake.FakeEncoder;
import io.weft.gateway.fake.FakeGenerator;
import io.weft.gateway.fake.FakeTokenizer;
import io.weft.gateway.fake.Fakes;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that closes its connection ends the work that is done for it, wherever that is. */
@QuarkusTest
class DisconnectTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final Duration PROMPTLY = Duration.ofMillis(200);

  private final CountDownLatch started = new CountDownLatch(1);
  private final CountDownLatch cancelled = new CountDownLatch(1);

  @TestHTTPResource URI base;

  @BeforeEach
  void reset() {
    Fakes.reset(base);
  }

  @Test
  void inMidStream() throws Exception {
    FakeGenerator.script =
        (request, call) -> {
          call.onNext(FakeGenerator.accepted(request));
          while (!call.isCancelled()) {
            call.onNext(FakeGenerator.delta(0, "word "));
            Thread.sleep(5);
          }
          cancelled.countDown();
        };
    try (LogRecorder log = LogRecorder.start();
        RawConnection client = new RawConnection(base)) {
      client.post(CHAT, chat(true));
      client.until("word ");

      closeAndExpectCancel(client);
      Http.await(
          "the stream's end", () -> Metrics.openStreams() == 0 && Metrics.openRequests() == 0);
      assertThat(log.text()).isEmpty();
    }
    assertThat(Metrics.counter("weft.gateway.requests", "route", CHAT, "status", "499"))
        .isPositive();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whileQueuedOrPrefilled(boolean stream) throws Exception {
    FakeGenerator.script =
        (_, _) -> {
          started.countDown();
        };
    FakeGenerator.onCancel = cancelled::countDown;
    try (RawConnection client = new RawConnection(base)) {
      client.post(CHAT, chat(stream));
      assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();

      closeAndExpectCancel(client);
    }
  }

  @Test
  void betweenTheTokensOfAnAnswerThatIsNotStreamed() throws Exception {
    FakeGenerator.script =
        (request, call) -> {
          call.onNext(FakeGenerator.accepted(request));
          call.onNext(FakeGenerator.delta(0, "Hel"));
          started.countDown();
        };
    FakeGenerator.onCancel = cancelled::countDown;
    try (RawConnection client = new RawConnection(base)) {
      client.post(CHAT, chat(false));
      assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();

      closeAndExpectCancel(client);
    }
  }

  @Test
  void everyPromptOfARequest() throws Exception {
    CountDownLatch both = new CountDownLatch(2);
    CountDownLatch bothCancelled = new CountDownLatch(2);
    FakeGenerator.script = (_, _) -> both.countDown();
    FakeGenerator.onCancel = bothCancelled::countDown;
    try (RawConnection client = new RawConnection(base)) {
      client.post("/v1/completions", body("{'model':'smol','prompt':['a','b']}"));
      assertThat(both.await(10, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(bothCancelled.await(PROMPTLY.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
  }

  @Test
  void inTheTokenizer() throws Exception {
    FakeTokenizer.hang = cancelled;
    try (RawConnection client = new RawConnection(base)) {
      client.post(CHAT, chat(true));
      Http.await("the tokenizer", () -> FakeTokenizer.lastChat != null);

      closeAndExpectCancel(client);
    }
    assertThat(FakeGenerator.REQUESTS).isEmpty();
  }

  @Test
  void inTheEncoder() throws Exception {
    FakeEncoder.hang = cancelled;
    try (RawConnection client = new RawConnection(base)) {
      client.post("/v1/embeddings", body("{'model':'minilm','input':'a'}"));
      Http.await("the encoder", () -> FakeEncoder.calls.get() == 1);

      closeAndExpectCancel(client);
    }
  }

  @Test
  void whileSendingTheBody() throws Exception {
    try (LogRecorder log = LogRecorder.start()) {
      try (RawConnection client = new RawConnection(base)) {
        client.send(RawConnection.head(CHAT) + "Content-Length: 1000\r\n\r\n{\"model\":\"smol\",");
        Http.await("the request", () -> Metrics.openRequests() == 1);
      }
      Http.await("the request's end", () -> Metrics.openRequests() == 0);
      assertThat(log.text()).isEmpty();
    }
  }

  private void closeAndExpectCancel(RawConnection client) throws Exception {
    assertThat(cancelled.getCount()).isEqualTo(1);
    client.close();
    assertThat(cancelled.await(PROMPTLY.toMillis(), TimeUnit.MILLISECONDS))
        .as("cancelled within " + PROMPTLY)
        .isTrue();
  }

  private static String chat(boolean stream) {
    return body(
        "{'model':'smol','stream':" + stream + ",'messages':[{'role':'user','content':'hi'}]}");
  }
}
