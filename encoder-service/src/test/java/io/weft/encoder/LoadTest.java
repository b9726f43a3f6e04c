package io.weft.encoder;

import static io.restassured.RestAssured.given;
import static io.weft.encoder.testing.Calls.embed;
import static io.weft.encoder.testing.Calls.failure;
import static io.weft.encoder.testing.Calls.input;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.ListenableFuture;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.weft.encoder.testing.Calls;
import io.weft.encoder.testing.TinyModel;
import io.weft.proto.encoder.v1.EmbedResponse;
import io.weft.runtime.error.WeftException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Deadlines, cancellation, fairness and overload, over a real connection. */
@QuarkusTest
@QuarkusTestResource(TinyModel.class)
@TestProfile(LoadTest.TwoRequests.class)
@Timeout(120)
class LoadTest {
  /** A service that holds two requests. */
  public static final class TwoRequests implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("weft.encoder.max-queued-requests", "2", "weft.encoder.retry-after", "1500ms");
    }
  }

  private Calls calls;

  @BeforeEach
  void connect() {
    calls = new Calls();
    calls.blocking().embed(embed(input(1)).build());
  }

  @AfterEach
  void disconnect() {
    calls.close();
  }

  @Test
  void aSingleQueryPassesTenThousandTexts() {
    ListenableFuture<EmbedResponse> bulk = calls.future().embed(Calls.bulk());
    await(() -> queuedTokens() > 0);

    EmbedResponse query = calls.blocking().embed(embed(input(2, 77, 3)).build());

    assertThat(bulk.isDone()).isFalse();
    assertThat(query.getResults(0).hasVector()).isTrue();
    bulk.cancel(true);
    await(() -> queuedTokens() == 0);
  }

  @Test
  void aPassedDeadlineFreesTheQueue() {
    assertThat(
            failure(
                () ->
                    calls
                        .blocking()
                        .withDeadlineAfter(300, TimeUnit.MILLISECONDS)
                        .embed(Calls.bulk())))
        .isInstanceOf(WeftException.DeadlineExceeded.class);
    await(() -> queuedTokens() == 0);
    admits();
  }

  @Test
  void aCancelledCallFreesTheQueue() {
    ListenableFuture<EmbedResponse> bulk = calls.future().embed(Calls.bulk());
    await(() -> queuedTokens() > 0);

    bulk.cancel(true);

    await(() -> queuedTokens() == 0);
    admits();
  }

  @Test
  void aFullQueueSaysWhenToComeBack() {
    ListenableFuture<EmbedResponse> first = calls.future().embed(Calls.bulk());
    await(() -> queuedTokens() > 0);
    ListenableFuture<EmbedResponse> second = calls.future().embed(Calls.bulk());
    await(() -> queuedTokens() > 640_000);

    assertThat(failure(() -> calls.blocking().embed(embed(input(1)).build())))
        .isInstanceOfSatisfying(
            WeftException.Overloaded.class,
            e -> {
              assertThat(e).hasMessage("2 requests are queued or running, the limit is 2");
              assertThat(e.retryAfter()).isEqualTo(Duration.ofMillis(1_500));
            });
    first.cancel(true);
    second.cancel(true);
    await(() -> queuedTokens() == 0);
    admits();
  }

  private void admits() {
    await(
        () -> {
          try {
            return calls.blocking().embed(embed(input(1)).build()).getResults(0).hasVector();
          } catch (io.grpc.StatusRuntimeException e) {
            return false;
          }
        });
  }

  private static double queuedTokens() {
    return given()
        .get("/q/metrics")
        .asString()
        .lines()
        .filter(line -> line.startsWith("weft_encoder_queue_tokens{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .findFirst()
        .orElseThrow();
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited 30 s").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }
}
