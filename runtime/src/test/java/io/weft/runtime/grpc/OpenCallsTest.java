package io.weft.runtime.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.weft.runtime.error.WeftException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class OpenCallsTest {
  private final OpenCalls calls = new OpenCalls();

  @Test
  void waitsForTheCallsThatRun() throws Exception {
    ServerCall.Listener<String> one = begin(new FakeCall());
    ServerCall.Listener<String> two = begin(new FakeCall());
    Thread drain = Thread.ofVirtual().start(() -> drain(Duration.ofSeconds(15)));
    one.onComplete();
    drain.join(Duration.ofMillis(50));
    assertThat(drain.isAlive()).as("one call still runs").isTrue();
    two.onCancel();
    assertThat(drain.join(Duration.ofSeconds(5))).isTrue();
  }

  @Test
  void refusesNewCalls() throws Exception {
    calls.drain(Duration.ZERO);
    FakeCall call = new FakeCall();
    begin(call).onHalfClose();
    assertThat(call.closed.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(Statuses.fromStatus(call.closed.asRuntimeException(call.trailers)))
        .isInstanceOfSatisfying(
            WeftException.Unavailable.class, e -> assertThat(e.reason()).isEqualTo("STOPPING"));
    // A refused call is not waited for.
    calls.drain(Duration.ofSeconds(15));
  }

  @Test
  void refusesForAMomentAtLeastButOnce() throws Exception {
    long begun = System.nanoTime();
    calls.drain(Duration.ofSeconds(15));
    assertThat(Duration.ofNanos(System.nanoTime() - begun))
        .isBetween(Duration.ofMillis(250), Duration.ofSeconds(5));
    begun = System.nanoTime();
    calls.drain(Duration.ofSeconds(15));
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofMillis(200));
  }

  @Test
  void gracePassesOnce() throws Exception {
    begin(new FakeCall());
    long begun = System.nanoTime();
    calls.drain(Duration.ofMillis(100));
    assertThat(Duration.ofNanos(System.nanoTime() - begun))
        .isBetween(Duration.ofMillis(100), Duration.ofSeconds(5));
  }

  @Test
  void aCallThatCannotStartDoesNotCount() throws Exception {
    try {
      calls.interceptCall(
          new FakeCall(),
          new Metadata(),
          (_, _) -> {
            throw new IllegalStateException("no");
          });
    } catch (IllegalStateException expected) {
      calls.drain(Duration.ofSeconds(15));
      return;
    }
    throw new AssertionError("the failure was swallowed");
  }

  private void drain(Duration grace) {
    try {
      calls.drain(grace);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private ServerCall.Listener<String> begin(FakeCall call) {
    return calls.interceptCall(
        call, new Metadata(), (_, _) -> new ServerCall.Listener<String>() {});
  }

  private static final class FakeCall extends ServerCall<String, String> {
    private Status closed = Status.OK;
    private Metadata trailers = new Metadata();

    @Override
    public void close(Status status, Metadata with) {
      closed = status;
      trailers = with;
    }

    @Override
    public void request(int count) {}

    @Override
    public void sendHeaders(Metadata headers) {}

    @Override
    public void sendMessage(String message) {}

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public MethodDescriptor<String, String> getMethodDescriptor() {
      throw new UnsupportedOperationException();
    }
  }
}
