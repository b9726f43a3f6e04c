package io.weft.generator;

import static io.restassured.RestAssured.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.weft.proto.generator.v1.GenerateRequest;
import io.weft.proto.generator.v1.StopConditions;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.Statuses;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many callers, and such as leave, wait or do not read, over real gRPC. */
@QuarkusTest
@TestProfile(TinyServiceProfile.class)
@Timeout(60)
class GeneratorTrafficTest extends ServiceConnection {
  /** The work of these calls would take seconds. */
  @Test
  void callersThatLeaveFreeTheirSlotsAtOnce() throws InterruptedException {
    List<Call> calls = new ArrayList<>();
    // As many as one tenant may have.
    for (int i = 0; i < TinyServiceProfile.MAX_REQUESTS * 3 / 4; i++) {
      calls.add(Call.startWithoutReading(stub, longRequest()));
    }
    await(Duration.ofSeconds(5), () -> load().getRunning() > 0 && load().getWaiting() > 0);

    calls.forEach(Call::cancel);
    await(Duration.ofMillis(500), () -> load().getRunning() == 0 && load().getWaiting() == 0);

    for (Call call : calls) {
      assertThat(call.awaitEnd().code()).isEqualTo(Status.Code.CANCELLED);
    }
  }

  @Test
  void theDeadlineEndsACall() throws InterruptedException {
    List<Call> busy = startLong(TinyServiceProfile.MAX_REQUESTS / 2);
    Call call = Call.start(stub.withDeadlineAfter(Duration.ofMillis(50)), longRequest()).awaitEnd();

    assertThat(call.code()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    busy.forEach(Call::cancel);
  }

  @Test
  void refusesMoreThanItHoldsAndSaysWhenToComeBack() throws InterruptedException {
    List<Call> calls = startLong(TinyServiceProfile.MAX_REQUESTS + 15);
    await(Duration.ofSeconds(5), () -> calls.stream().anyMatch(Call::isEnded));
    Call refused =
        calls.stream().filter(call -> call.code() != Status.Code.OK).findFirst().orElseThrow();

    assertThat(refused.code()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(Statuses.fromStatus(refused.failure()))
        .isInstanceOfSatisfying(
            WeftException.Overloaded.class,
            e -> assertThat(e.retryAfter()).isEqualTo(Duration.ofSeconds(1)));
    calls.forEach(Call::cancel);
  }

  @Test
  void aTenantThatAsksForMuchLeavesRoomForOthers() throws InterruptedException {
    GenerateRequest greedy = longRequest().toBuilder().setTenant("greedy").build();
    List<Call> calls = new ArrayList<>();
    for (int i = 0; i < 2 * TinyServiceProfile.MAX_REQUESTS; i++) {
      calls.add(Call.start(stub, greedy));
    }
    await(Duration.ofSeconds(5), () -> calls.stream().anyMatch(Call::isEnded));
    Call refused =
        calls.stream().filter(call -> call.code() != Status.Code.OK).findFirst().orElseThrow();
    Call modest = Call.start(stub, golden().setTenant("modest").build()).awaitEnd();

    assertThat(Statuses.fromStatus(refused.failure()).reason()).isEqualTo("TENANT_QUEUE_FULL");
    assertThat(modest.ids(0)).isEqualTo(GOLDEN.greedy());
    assertThat(load().getWaiting()).as("requests that it overtook").isGreaterThan(10);
    assertThat(get("/q/metrics").asString())
        .contains(
            "weft_generator_refused_requests_total{model=\"tiny-llama\",reason=\"TENANT_QUEUE_FULL\"}")
        .contains("weft_generator_held_requests{model=\"tiny-llama\"} ");
    calls.forEach(Call::cancel);
  }

  /** What the slow caller is sent is more than gRPC buffers. */
  @Test
  void aCallerThatDoesNotReadHoldsUpNobodyAndMissesNothing() throws InterruptedException {
    Call slow = Call.startWithoutReading(stub, longRequest());
    Call other = Call.start(stub, golden().build()).awaitEnd();
    await(Duration.ofSeconds(20), () -> load().getRunning() == 0);
    assertThat(other.ids(0)).isEqualTo(GOLDEN.greedy());
    assertThat(slow.isEnded()).isFalse();

    slow.readAll();

    assertThat(slow.awaitEnd().code()).isEqualTo(Status.Code.OK);
    int tokens = 256 - GOLDEN.ids().size();
    assertThat(slow.responses()).as("events, some joined").hasSizeLessThan(16 * tokens);
    for (int i = 0; i < 16; i++) {
      assertThat(slow.ids(i)).hasSize(tokens).isEqualTo(slow.ids(0));
      assertThat(slow.text(i)).isEqualTo(letters(slow.ids(i)));
    }
  }

  private List<Call> startLong(int count) {
    List<Call> calls = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      calls.add(Call.start(stub, longRequest()));
    }
    return calls;
  }

  private GenerateRequest longRequest() {
    return golden().setN(16).setStop(StopConditions.newBuilder().setIgnoreEos(true)).build();
  }
}
