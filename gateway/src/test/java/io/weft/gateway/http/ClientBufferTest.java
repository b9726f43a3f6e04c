package io.weft.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.weft.runtime.error.WeftException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** With a connection that takes bytes when the test says so. */
class ClientBufferTest {
  private static final Duration PATIENCE = Duration.ofMillis(200);

  private final Queue<Promise<Void>> unsent = new ArrayDeque<>();
  private final StringBuilder sent = new StringBuilder();
  private final ClientBuffer buffer =
      new ClientBuffer(this::send, 10, PATIENCE, Duration.ofSeconds(3));

  private io.vertx.core.Future<Void> send(Buffer bytes) {
    sent.append(bytes.toString(StandardCharsets.UTF_8));
    Promise<Void> promise = Promise.promise();
    synchronized (unsent) {
      unsent.add(promise);
    }
    return promise.future();
  }

  private Promise<Void> oldest() {
    synchronized (unsent) {
      return unsent.remove();
    }
  }

  @Test
  void takesAsMuchAsItHoldsWithoutWaiting() throws Exception {
    write("12345");
    write("67890");
    assertThat(sent).hasToString("1234567890");
    assertThat(unsent).hasSize(2);
  }

  @Test
  void isTooSlowAfterItsPatienceAndNotBefore() throws Exception {
    write("1234567890");
    long began = System.nanoTime();

    assertThatThrownBy(() -> write("1"))
        .isInstanceOfSatisfying(
            WeftException.Overloaded.class,
            slow -> {
              assertThat(slow.reason()).isEqualTo("SLOW_READER");
              assertThat(slow.retryAfter()).isEqualTo(Duration.ofSeconds(3));
            })
        .hasMessage(
            "the client reads too slowly: 11 bytes have waited for it for 200 ms, the limit is 10 bytes");

    assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(PATIENCE.toNanos());
    assertThat(sent).hasToString("1234567890");
  }

  @Test
  void goesOnWhenTheClientReads() throws Exception {
    write("12345");
    write("67890");
    CountDownLatch written = new CountDownLatch(1);
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                write("abc");
                written.countDown();
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    assertThat(written.await(50, TimeUnit.MILLISECONDS)).isFalse();
    oldest().complete();
    assertThat(written.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(sent).hasToString("1234567890abc");
  }

  @Test
  void oneWriteBeyondTheLimitGoesAlone() throws Exception {
    write("123456789012345");
    assertThatThrownBy(() -> write("1")).isInstanceOf(WeftException.Overloaded.class);
    oldest().complete();
    write("123456789012345");
    assertThat(sent).hasSize(30);
  }

  @Test
  void theLastWordDoesNotWait() throws Exception {
    write("1234567890");
    buffer.stopWaiting();
    write("the error");
    assertThat(sent).hasToString("1234567890the error");
  }

  @Test
  void tellsWhetherAllHasGone() throws Exception {
    assertThat(buffer.drain()).isTrue();
    write("1");
    assertThat(buffer.drain()).isFalse();
    oldest().complete();
    assertThat(buffer.drain()).isTrue();
  }

  @Test
  void aClientThatIsGoneEndsEveryWait() throws Exception {
    write("1234567890");
    oldest().fail("reset");
    assertThatThrownBy(() -> write("1")).isInstanceOf(IOException.class);
    assertThat(buffer.drain()).isTrue();
  }

  private void write(String text) throws IOException {
    buffer.write(text.getBytes(StandardCharsets.UTF_8));
  }
}
